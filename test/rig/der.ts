/** The few forms of DER (X.690) that a certificate is made of. */
export type Der = Buffer;

export function sequence(...parts: readonly Der[]): Der {
  return element(0x30, Buffer.concat(parts));
}

export function set(...parts: readonly Der[]): Der {
  return element(0x31, Buffer.concat(parts));
}

/** Of a number's big-endian bytes, the first below 0x80. */
export function integer(value: Buffer): Der {
  return element(0x02, value);
}

export function bytes(value: Buffer): Der {
  return element(0x04, value);
}

export function bits(value: Buffer): Der {
  return element(0x03, Buffer.concat([Buffer.from([0]), value]));
}

export function text(value: string): Der {
  return element(0x0c, Buffer.from(value));
}

/** UTCTime. */
export function time(at: Date): Der {
  return element(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}

export function tagged(number: number, content: Der, form: "constructed" | "primitive" = "constructed"): Der {
  return element((form === "constructed" ? 0xa0 : 0x80) + number, content);
}

export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const groups = [value % 128];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left % 128) + 128);
  return groups;
}

function element(tag: number, content: Buffer): Der {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
