/** What an HTTP request is refused with before, or beside, what the manager says of it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, options: { readonly hint?: string | undefined; readonly headers?: Readonly<Record<string, string>> } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = options.hint;
    this.headers = options.headers ?? {};
  }
}

/** A body that does not fit, in OpenCode's shape. */
export class BadPayload extends Error {
  override readonly name = "BadPayload";
}
