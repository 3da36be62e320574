/** The part of oidc-provider (which ships no types) that the tests use. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export interface FoundToken {
    readonly accountId?: string;
    readonly clientId?: string;
    readonly scope?: string;
    readonly aud?: string | readonly string[];
    readonly isExpired: boolean;
  }

  export const errors: { readonly InvalidTarget: new () => Error };

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    on(event: string, listener: (...args: never[]) => void): this;
    readonly AccessToken: { find(value: string): Promise<FoundToken | undefined> };
  }
}
