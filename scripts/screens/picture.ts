import { chromium } from "playwright-core";
import type { Piece } from "../../test/rig/terminal.ts";

export interface Look {
  readonly foreground: string;
  readonly background: string;
  /** The terminal's own sixteen. */
  readonly palette: readonly string[];
}

export const dark: Look = { foreground: "#d6d9e0", background: "#16181d", palette: ["#16181d", "#f07178", "#a5d6a7", "#ffcb6b", "#82aaff", "#c792ea", "#89ddff", "#d6d9e0", "#5c6370", "#ff8b92", "#c3e88d", "#ffe585", "#9cc4ff", "#e1acff", "#a3f7ff", "#ffffff"] };
export const light: Look = { foreground: "#24292f", background: "#ffffff", palette: ["#ffffff", "#b3261e", "#1a7f37", "#8a6100", "#0b57d0", "#8250df", "#0f766e", "#24292f", "#6e7781", "#cf222e", "#116329", "#9a6700", "#218bff", "#8250df", "#3192aa", "#000000"] };

export type Rows = readonly (readonly Piece[])[];

/** Draws rows as a terminal would, into a PNG. */
export async function openPainter(executablePath: string): Promise<{ paint(rows: Rows, look: Look): Promise<Buffer>; close(): Promise<void> }> {
  const browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb", "--host-resolver-rules=MAP * ~NOTFOUND"] });
  const page = await browser.newPage({ deviceScaleFactor: 1.25, viewport: { width: 1200, height: 800 } });
  return {
    paint: async (rows, look) => {
      await page.setContent(pageOf(rows, look));
      return page.locator("pre").screenshot({ type: "png" });
    },
    close: () => browser.close(),
  };
}

function pageOf(rows: Rows, look: Look): string {
  const style = `body{margin:0;background:${look.background}}pre{display:inline-block;margin:0;padding:14px 18px;background:${look.background};color:${look.foreground};font:14px/19px "DejaVu Sans Mono",monospace;font-variant-ligatures:none}`;
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${rows.map((row) => row.map((piece) => pieceOf(piece, look)).join("")).join("\n")}</pre>`;
}

function pieceOf({ text, color, background, bold, dim, italic, underline, inverse }: Piece, look: Look): string {
  const plain = [color === undefined ? look.foreground : (look.palette[color] ?? look.foreground), background === undefined ? look.background : (look.palette[background] ?? look.background)];
  const [front, back] = inverse ? plain.toReversed() : plain;
  const css = [`color:${String(front)}`, ...(back === look.background ? [] : [`background:${String(back)}`]), ...(bold ? ["font-weight:bold"] : []), ...(dim ? ["opacity:.62"] : []), ...(italic ? ["font-style:italic"] : []), ...(underline ? ["text-decoration:underline"] : [])];
  return `<span style="${css.join(";")}">${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</span>`;
}
