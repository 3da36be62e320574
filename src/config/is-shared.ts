import { stat } from "node:fs/promises";

/** Whether others than this user can read or change it, by its mode. One that is not there will be made for this user only. */
export async function isShared(path: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && ((found.mode & 0o066) !== 0 || found.uid !== process.getuid?.());
}
