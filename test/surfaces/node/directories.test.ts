import { describe, expect, test } from "vitest";

import { findDirectories } from "../../../src/surfaces/node/directories.ts";

const linux = { platform: "linux", workingDirectory: "/work" } as const;

describe("where things are kept", () => {
  test("on Linux, by the XDG variables, of which relative values do not count", () => {
    expect(findDirectories({ ...linux, environment: { HOME: "/home/ann" } })).toEqual({
      config: "/home/ann/.config/mcpass",
      data: "/home/ann/.local/share/mcpass",
      state: "/home/ann/.local/state/mcpass",
      cache: "/home/ann/.cache/mcpass",
    });
    const environment = { HOME: "/home/ann", XDG_CONFIG_HOME: "/etc/ann", XDG_DATA_HOME: "relative", XDG_STATE_HOME: "", XDG_CACHE_HOME: "/tmp/c" };
    expect(findDirectories({ ...linux, environment })).toEqual({
      config: "/etc/ann/mcpass",
      data: "/home/ann/.local/share/mcpass",
      state: "/home/ann/.local/state/mcpass",
      cache: "/tmp/c/mcpass",
    });
  });

  test("on macOS, in Application Support", () => {
    const support = "/Users/ann/Library/Application Support/mcpass";
    expect(findDirectories({ platform: "darwin", workingDirectory: "/", environment: { HOME: "/Users/ann" } })).toEqual({
      config: support,
      data: `${support}/data`,
      state: `${support}/state`,
      cache: "/Users/ann/Library/Caches/mcpass",
    });
  });

  test("S01: on Windows, grants are not in the folder that roams", () => {
    const environment = { APPDATA: "C:\\Users\\Ann\\AppData\\Roaming", LOCALAPPDATA: "C:\\Users\\Ann\\AppData\\Local" };
    const expected = {
      config: "C:\\Users\\Ann\\AppData\\Roaming\\mcpass",
      data: "C:\\Users\\Ann\\AppData\\Local\\mcpass\\data",
      state: "C:\\Users\\Ann\\AppData\\Local\\mcpass\\state",
      cache: "C:\\Users\\Ann\\AppData\\Local\\mcpass\\cache",
    };
    expect(findDirectories({ platform: "win32", workingDirectory: "C:\\", environment })).toEqual(expected);
    expect(findDirectories({ platform: "win32", workingDirectory: "C:\\", environment: { USERPROFILE: "C:\\Users\\Ann" } })).toEqual(expected);
  });

  test("--home and MCPASS_HOME move all four together, and the option wins", () => {
    const environment = { HOME: "/home/ann", XDG_DATA_HOME: "/elsewhere", MCPASS_HOME: "/iso" };
    expect(findDirectories({ ...linux, environment })).toEqual({ config: "/iso/config", data: "/iso/data", state: "/iso/state", cache: "/iso/cache" });
    expect(findDirectories({ ...linux, environment, homeDirectory: "near" }).data).toBe("/work/near/data");
    expect(findDirectories({ ...linux, environment: { HOME: "/home/ann", MCPASS_HOME: "" } }).data).toBe("/home/ann/.local/share/mcpass");
  });
});
