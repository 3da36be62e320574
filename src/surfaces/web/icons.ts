const svg = "http://www.w3.org/2000/svg";

/** Drawn on 20 × 20, in the colour of the text around them. Stroked unless `fill` begins the path. */
const paths = {
  good: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.5 10.2l2.4 2.4 4.6-5",
  sign: "M5.5 9V6.5a4.5 4.5 0 0 1 9 0V9M4.5 9h11v8.5h-11zM10 12.2v2.2",
  card: "M2.5 4.5h15v11h-15zM7 11.8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM12 8.5h3M12 11.5h3",
  bad: "M6.7 2.5h6.6l4.2 4.2v6.6l-4.2 4.2H6.7l-4.2-4.2V6.7zM7.4 7.4l5.2 5.2M12.6 7.4l-5.2 5.2",
  off: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM6.5 10h7",
  idle: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16z",
  busy: "M10 2a8 8 0 1 1-8 8",
  warn: "M10 2.5l8 14.5H2zM10 8v4M10 14.3v.4",
  note: "M10 18a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM10 9.2v5M10 6.2v.4",
  outside: "M8 4.5H4.5v11h11V12M11.5 3.5h5v5M16.3 3.7L9.5 10.5",
  plus: "M10 4v12M4 10h12",
  minus: "M4 10h12",
  back: "M12 4.5L6.5 10l5.5 5.5",
  next: "M8 4.5l5.5 5.5L8 15.5",
  copy: "M7.5 7.5h9v9h-9zM4.5 12.5h-1v-9h9v1",
  live: "M10 11.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM6.1 13.9a5.5 5.5 0 0 1 0-7.8M13.9 6.1a5.5 5.5 0 0 1 0 7.8M3.6 16.4a9 9 0 0 1 0-12.8M16.4 3.6a9 9 0 0 1 0 12.8",
} as const;

export type IconName = keyof typeof paths;

/** Only ever beside words, so nothing is read out for it. */
export function icon(name: IconName): SVGSVGElement {
  return draw("0 0 20 20", paths[name], `icon icon-${name}`, { fill: "none", stroke: "currentColor", "stroke-width": "1.7", "stroke-linecap": "round", "stroke-linejoin": "round" });
}

/** Our mark: a pass with a keyhole. */
export function mark(): SVGSVGElement {
  return draw(
    "0 0 24 24",
    "M5 3h14a3 3 0 0 1 3 3v3a3 3 0 0 0 0 6v3a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3v-3a3 3 0 0 0 0-6V6a3 3 0 0 1 3-3zm7 5a2.6 2.6 0 0 0-1.2 4.9V16h2.4v-3.1A2.6 2.6 0 0 0 12 8z",
    "mark",
    { fill: "currentColor", "fill-rule": "evenodd" },
  );
}

function draw(viewBox: string, path: string, style: string, attributes: Readonly<Record<string, string>>): SVGSVGElement {
  const element = document.createElementNS(svg, "svg");
  const line = document.createElementNS(svg, "path");
  for (const [name, value] of Object.entries({ viewBox, class: style, "aria-hidden": "true", focusable: "false", ...attributes })) element.setAttribute(name, value);
  line.setAttribute("d", path);
  element.append(line);
  return element;
}
