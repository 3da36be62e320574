// Made of docs/openapi.json by openapi-typescript: npm run docs.
/* eslint-disable max-lines */
export interface paths {
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get MCP status
         * @description The status of every server, from memory. The first call after the start waits, at most ten seconds, until each server was tried once.
         */
        get: operations["mcp.status"];
        put?: never;
        /**
         * Add MCP server
         * @description Adds a server for the time of this process, in place of one of that name, and connects to it. Files stay as they are.
         */
        post: operations["mcp.add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get everything that is known of a server
         * @description Issuer, account, scopes, expiry, the last error and the next command; no secret.
         */
        get: operations["mcp.get"];
        put?: never;
        post?: never;
        /**
         * Remove MCP server
         * @description Ends its connection and takes it out of this process. Files and sign-ins stay as they are.
         */
        delete: operations["mcp.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/connect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Connect an MCP server
         * @description Tries once. `false`: it is not connected, and `GET /mcp` says why.
         */
        post: operations["mcp.connect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disconnect an MCP server
         * @description Ends the connection, which stays down until it is asked for, also for clients of the gateway.
         */
        post: operations["mcp.disconnect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start MCP OAuth
         * @description Begins a sign-in. Whoever opens the address finishes it, because its callback is served; or give what came back to `mcp.auth.callback`. While one is under way, its address is given again.
         */
        post: operations["mcp.auth.start"];
        /**
         * Remove MCP OAuth
         * @description Signs out: ends the live session, revokes at the issuer where that is offered, and forgets.
         */
        delete: operations["mcp.auth.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/auth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete MCP OAuth
         * @description Finishes a sign-in with what the browser came back with: the whole redirect `url`, or its `code` with `state` and `iss`.
         */
        post: operations["mcp.auth.callback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/auth/authenticate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Authenticate MCP OAuth
         * @description Starts a sign-in, opens the browser of the machine that this server runs on, and answers when it is over, after 290 seconds at the latest. It goes on when the caller hangs up.
         */
        post: operations["mcp.auth.authenticate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/auth/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a sign-in that waits
         * @description Whoever waits for it is told; its address can no longer finish it. Without one that waits nothing happens.
         */
        post: operations["mcp.auth.cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the tools of a server
         * @description Every page, as the server sent them; connects when that is needed.
         */
        get: operations["mcp.tools.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/tools/{tool}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a tool
         * @description Connects when that is needed. A tool that ran and says that it failed is a 200 with `isError`.
         */
        post: operations["mcp.tools.call"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the prompts of a server
         * @description Every page, as the server sent them; none where it has no prompts.
         */
        get: operations["mcp.prompts.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/prompts/{prompt}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a prompt
         * @description With its arguments filled in by the server.
         */
        post: operations["mcp.prompts.get"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the resources of a server
         * @description Every page, as the server sent them; none where it has no resources.
         */
        get: operations["mcp.resources.list"];
        put?: never;
        /**
         * Read a resource
         * @description By its URI, which need not be one of the list.
         */
        post: operations["mcp.resources.read"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call, and hear how far it is
         * @description A tool, a prompt or a resource, as server-sent events `{type, properties}`: `progress {progress, total, message}` as the server reports it, then `result {result}` or `error {error, code, hint}`, which is the last. Hanging up cancels the call at the server.
         */
        post: operations["mcp.calls.run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elicitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what servers ask
         * @description Questions that wait for a person. They wait only while somebody listens to `GET /event?elicitation=true`; else they are cancelled at once, and so they are after ten minutes.
         */
        get: operations["elicitation.list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/elicitation/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer a server's question
         * @description With what the person decided; `content` is what a form asked for.
         */
        post: operations["elicitation.answer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a server
         * @description Every step of reaching it and signing in, without signing in; some seconds.
         */
        get: operations["mcp.doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/{name}/doctor/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a server, leg by leg
         * @description The same as server-sent events `{type, properties}`: `findings {findings}` with all that is known so far, whenever more is, then `examination`, or `error {error, code, hint}`, which is the last.
         */
        get: operations["mcp.doctor.events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/event": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get events
         * @description Server-sent events. `server.connected` comes first; `mcp.status.changed {server, status}`, `mcp.tools.changed {server}`, `mcp.auth.started {server, authorizationUrl, expiresAt}`, `mcp.auth.finished` and `mcp.auth.failed {server, outcome}`, `mcp.browser.open.failed {mcpName, url}`, `mcp.elicitation.asked {server, id}` and `mcp.elicitation.settled {server, id}` when they happen, `server.heartbeat` every 15 seconds. With `Last-Event-ID`, what was missed comes first; `server.connected {resumed: false}` says that this was not possible: ask `GET /mcp` then.
         */
        get: operations["event.subscribe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Open the web page
         * @description Sets the cookie of the web page and leads to it. A ticket is good once, for five minutes.
         */
        get: operations["session.open"];
        put?: never;
        /** Get a link to the web page */
        post: operations["session.create"];
        /** End the browser's session */
        delete: operations["session.remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/oauth/callback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where browsers come back to
         * @description With --public-url only; elsewhere they come back to a listener of their own.
         */
        get: operations["mcp.oauth.callback"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get health */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/doc": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get this document */
        get: operations["doc"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The web page */
        get: operations["web.page"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/assets/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A file of the web page */
        get: operations["web.asset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/doc/reference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document, to read */
        get: operations["doc.reference"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        MCPStatus: components["schemas"]["MCPStatusConnected"] | components["schemas"]["MCPStatusDisabled"] | components["schemas"]["MCPStatusFailed"] | components["schemas"]["MCPStatusNeedsAuth"] | components["schemas"]["MCPStatusNeedsClientRegistration"];
        MCPStatusConnected: {
            /** @constant */
            status: "connected";
        };
        MCPStatusDisabled: {
            /** @constant */
            status: "disabled";
        };
        MCPStatusFailed: {
            /** @constant */
            status: "failed";
            error: string;
        };
        MCPStatusNeedsAuth: {
            /** @constant */
            status: "needs_auth";
        };
        MCPStatusNeedsClientRegistration: {
            /** @constant */
            status: "needs_client_registration";
            error: string;
        };
        McpLocalConfig: {
            /** @constant */
            type: "local";
            command: string[];
            environment?: {
                [key: string]: string;
            };
            cwd?: string;
            enabled?: boolean;
            timeout?: number | {
                startup?: number;
                catalog?: number;
                execution?: number;
            };
            /** @enum {string} */
            protocol?: "auto" | "legacy" | "2026-07-28";
        };
        McpRemoteConfig: {
            /** @constant */
            type: "remote";
            url: string;
            headers?: {
                [key: string]: string;
            };
            headersCommand?: string[];
            headersCommandTimeout?: number;
            tls?: {
                ca?: string;
                cert?: string;
                key?: string;
                passphrase?: string;
            };
            oauth?: {
                clientId?: string;
                clientSecret?: string;
                clientSecretCommand?: string[];
                scope?: string;
                callbackPort?: number;
                callbackHost?: string;
                callbackBind?: string;
                callbackPath?: string;
                redirectUri?: string;
                callbackTimeout?: number;
                tokenTimeout?: number;
                issuer?: string;
                authServerMetadataUrl?: string;
                authorizationEndpoint?: string;
                tokenEndpoint?: string;
                registrationEndpoint?: string;
                resource?: string | false;
                authorizationParams?: {
                    [key: string]: string;
                };
                tokenParams?: {
                    [key: string]: string;
                };
                audience?: string;
                tokenPath?: string;
                loginHint?: string;
                clientName?: string;
                clientUri?: string;
                clientMetadataUrl?: string;
                /** @enum {string} */
                tokenEndpointAuthMethod?: "none" | "client_secret_basic" | "client_secret_post" | "private_key_jwt";
                /** @enum {string} */
                iss?: "required" | "optional";
                /** @enum {string} */
                pkce?: "auto" | "strict";
                /** @enum {string} */
                offline?: "auto" | "always" | "never";
                /** @enum {string} */
                registration?: "auto" | "static" | "cimd" | "dcr";
                registrationAccessToken?: string;
                allowSchemeUpgrade?: boolean;
                /** @enum {string} */
                profile?: "none" | "entra" | "google" | "auth0" | "okta" | "keycloak" | "cognito" | "aws-sign-in" | "github" | "slack" | "atlassian" | "notion" | "linear" | "figma" | "datadog" | "sentry" | "supabase" | "clerk" | "better-auth" | "fastmcp" | "cloudflare-workers";
                headers?: {
                    [key: string]: string;
                };
                /** @enum {string} */
                grant?: "authorization_code" | "device_code" | "client_credentials" | "jwt-bearer" | "id-jag";
                privateKey?: string;
                privateKeyFile?: string;
                privateKeyCommand?: string[];
                /** @enum {string} */
                signingAlg?: "ES256" | "ES384" | "ES512" | "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" | "EdDSA";
                assertion?: string;
                assertionFile?: string;
                assertionCommand?: string[];
                assertionAudience?: string;
                idpIssuer?: string;
                idpScope?: string;
                idpTokenEndpoint?: string;
                idpClientId?: string;
                idpClientSecret?: string;
                idpClientSecretCommand?: string[];
                idToken?: string;
                idTokenFile?: string;
                idTokenCommand?: string[];
                commandTimeout?: number;
                dpop?: boolean;
            } | false;
            enabled?: boolean;
            timeout?: number | {
                startup?: number;
                catalog?: number;
                execution?: number;
            };
            account?: string;
            allowPrivate?: boolean;
            /** @enum {string} */
            transport?: "auto" | "http" | "sse";
            /** @enum {string} */
            protocol?: "auto" | "legacy" | "2026-07-28";
        };
        McpAuthStarted: {
            /** @description URL to open in a browser; empty when there is nothing to do. */
            authorizationUrl: string;
            oauthState: string;
            /** @description For a sign-in at another device: the code to type in there. */
            device?: {
                userCode: string;
                verificationUri: string;
            };
            /** @description What the person is asked to agree to. */
            notice?: {
                issuer: string;
                account: string;
                scopes: string[];
                clientId: string;
                expiresAt: number;
            };
        };
        McpAuthCallback: {
            /** @description The whole redirect URL, as the browser was sent to it. */
            url?: string;
            /** @description Authorization code from the callback. Alone it counts only while one authorization of the server is pending and its issuer does not advertise `iss`. */
            code?: string;
            state?: string;
            iss?: string;
            /** @description What the issuer sent instead of a code. */
            error?: string;
            error_description?: string;
        };
        ErrorAnswer: {
            /** @description What happened, with names and URLs. */
            error: string;
            /** @description For programs; see docs/troubleshooting.md. */
            code: string;
            /** @description The next command or setting. */
            hint?: string;
            /** @description To be registered with the issuer. */
            redirectUri?: string;
            /** @description How to sign in: over this API, and from a shell. */
            signIn?: {
                /** @constant */
                method: "POST";
                path: string;
                command: string;
            };
        };
        BadRequestError: {
            /** @constant */
            name: "BadRequest";
            data: {
                message: string;
                /** @enum {string} */
                kind: "Params" | "Headers" | "Query" | "Body" | "Payload";
            };
        };
        McpServerNotFoundError: {
            /** @constant */
            _tag: "McpServerNotFoundError";
            name: string;
            message: string;
        };
        Identity: {
            subject: string | null;
            name: string | null;
            email: string | null;
        };
        Account: {
            account: string;
            identity: components["schemas"]["Identity"] | null;
            issuer: string;
            /** @enum {string} */
            state: "authenticated" | "expired" | "ended" | "unreadable";
            scopes: string[];
            expiresAt: number | null;
            renewable: boolean;
            obtainedAt: number | null;
            clientId: string;
            error: components["schemas"]["ErrorAnswer"] | null;
        };
        McpServer: {
            name: string;
            /** @enum {string} */
            type: "remote" | "local";
            url: string | null;
            command: string[] | null;
            /** @enum {string} */
            status: "connected" | "disabled" | "failed" | "needs_auth" | "needs_client_registration";
            /** @description An attempt to connect is under way. */
            connecting: boolean;
            /** @description false: the configuration switches it off. */
            enabled: boolean;
            /** @description The account that is used; null where there is no sign-in. */
            account: string | null;
            identity: components["schemas"]["Identity"] | null;
            issuer: string | null;
            scopes: string[];
            expiresAt: number | null;
            renewable: boolean | null;
            /** @description How often the sign-in that is used was renewed. */
            renewals: number | null;
            /** @description The last error, also one that does not stop the connection yet. */
            error: components["schemas"]["ErrorAnswer"] | null;
            /** @description The next command, where there is something to do. */
            next: string | null;
            tools: number | null;
            protocolVersion: string | null;
            /** @description Every account that is signed in to this server. */
            accounts: components["schemas"]["Account"][];
            source: {
                file: string;
                line: number;
                layer: string;
            };
        };
        Tool: {
            name: string;
            title?: string;
            description?: string;
            inputSchema: Record<string, never>;
        };
        CallToolResult: {
            content: {
                type: string;
                text?: string;
            }[];
            structuredContent?: unknown;
            /** @description The tool ran and says that it failed. */
            isError?: boolean;
        };
        Prompt: {
            name: string;
            title?: string;
            description?: string;
        };
        Resource: {
            name: string;
            title?: string;
            description?: string;
        };
        Elicitation: {
            id: string;
            server: string;
            /** @description The params of the server's `elicitation/create`, as it sent them. */
            request: Record<string, never>;
        };
        Examination: {
            server: string;
            url: string | null;
            account: string | null;
            /** @description milliseconds since the epoch */
            at: number;
            /** @description milliseconds */
            durationMs: number;
            findings: {
                leg: string;
                /** @enum {unknown} */
                mark: "good" | "note" | "warning" | "bad";
                said: string;
                url?: string;
                status?: number;
                durationMs?: number;
                expected?: string;
                clause?: string;
            }[];
            grants: Record<string, never>[];
            verdict: {
                kind: string;
                fault: string | null;
                words: string;
                error: components["schemas"]["ErrorAnswer"] | null;
            };
            remedy: {
                said: string;
                command?: string;
                redirectUri?: string;
                config?: Record<string, never>;
            } | null;
            exchanges?: Record<string, never>[];
        };
        Health: {
            /** @constant */
            name: "mcpass";
            version: string;
            /** @constant */
            ok: true;
            /** @description For callers with a credential only. */
            processId?: number;
        };
        SessionLink: {
            /** @description Opens the web page, once, within five minutes. */
            url: string;
            /** @description milliseconds since the epoch */
            expiresAt: number;
        };
        Event: {
            id: string;
            type: string;
            properties: Record<string, never>;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "mcp.status": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description MCP server status */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["MCPStatus"];
                    };
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.add": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Any text but `oauth`, `.` and `..`. */
                    name: string;
                    config: components["schemas"]["McpLocalConfig"] | components["schemas"]["McpRemoteConfig"];
                };
            };
        };
        responses: {
            /** @description MCP server added successfully */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["MCPStatus"];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.get": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The server */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.remove": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The servers that are left */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: components["schemas"]["MCPStatus"];
                    };
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.connect": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it is connected now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.disconnect": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description MCP server disconnected successfully */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": boolean;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.auth.start": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    account?: string;
                    /** @description Space separated; replaces the configured scope. */
                    scope?: string;
                    /** @description Sign in again although a usable sign-in is stored. */
                    force?: boolean;
                    /** @description With a code that is typed in at another device. */
                    device?: boolean;
                };
            };
        };
        responses: {
            /** @description OAuth flow started */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpAuthStarted"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.auth.remove": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
                /** @description Of this account; default: the one that is used. */
                account?: string;
                /** @description `true`: nothing is revoked. */
                keepRemote?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OAuth credentials removed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.auth.callback": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["McpAuthCallback"];
            };
        };
        responses: {
            /** @description OAuth authentication completed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MCPStatus"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.auth.authenticate": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    account?: string;
                    /** @description Space separated; replaces the configured scope. */
                    scope?: string;
                    /** @description Sign in again although a usable sign-in is stored. */
                    force?: boolean;
                    /** @description With a code that is typed in at another device. */
                    device?: boolean;
                };
            };
        };
        responses: {
            /** @description OAuth authentication completed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MCPStatus"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.auth.cancel": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    account?: string;
                };
            };
        };
        responses: {
            /** @description None waits any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.tools.list": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tools */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        tools: components["schemas"]["Tool"][];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.tools.call": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
                /** @description The tool's name, percent-encoded. */
                tool: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    arguments?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description What the tool gave */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallToolResult"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.prompts.list": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The prompts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        prompts: components["schemas"]["Prompt"][];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.prompts.get": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
                /** @description The prompt's name, percent-encoded. */
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    arguments?: {
                        [key: string]: string;
                    };
                };
            };
        };
        responses: {
            /** @description The prompt's messages */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        messages: Record<string, never>[];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.resources.list": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        resources: components["schemas"]["Resource"][];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.resources.read": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    uri: string;
                };
            };
        };
        responses: {
            /** @description What it holds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        contents: Record<string, never>[];
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Something has to be done first, mostly a sign-in */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The tool refused, or failed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server, or its issuer, failed */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The server did not answer in time */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.calls.run": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description One of these three. */
                    tool?: string;
                    prompt?: string;
                    /** @description Its URI. */
                    resource?: string;
                    arguments?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description Event stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "elicitation.list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The questions, oldest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        elicitations: components["schemas"]["Elicitation"][];
                    };
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "elicitation.answer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The question's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    action: "accept" | "decline" | "cancel";
                    content?: Record<string, never>;
                };
            };
        };
        responses: {
            /** @description The server is told */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BadRequestError"] | components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is too large */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description The body is not JSON */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.doctor": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
                /** @description Of this account; default: the one that is used. */
                account?: string;
                /** @description `true`: also every request and answer, without secrets. */
                trace?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found out */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Examination"];
                };
            };
            /** @description Bad request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.doctor.events": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
                /** @description Of this account; default: the one that is used. */
                account?: string;
            };
            header?: never;
            path: {
                /** @description The server's name, percent-encoded. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Event stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["McpServerNotFoundError"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "event.subscribe": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
                /** @description `true`: a person sits here who answers what servers ask, at `POST /elicitation/{id}`. */
                elicitation?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Event stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not now: the vault, a port, or too many listeners */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "session.open": {
        parameters: {
            query?: {
                /** @description Of a link. */
                ticket?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description To the web page */
            303: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description A page that says how to get another link */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "session.create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A link that signs a browser in, once */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionLink"];
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "session.remove": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cookie is taken back */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        success: true;
                    };
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "mcp.oauth.callback": {
        parameters: {
            query?: {
                /** @description Not used: one server has one configuration. */
                directory?: string;
                /** @description Not used. */
                workspace?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How the sign-in ended, as a page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description It failed, or none was waiting */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is there */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    doc: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAPI 3.1 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "web.page": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description A page that says how to get in */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "web.asset": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The file's name. */
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript": string;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description No such server */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
    "doc.reference": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            /** @description No credential, or a wrong one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description Not allowed: another Host, another Origin, or a policy */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
            /** @description A fault of this server */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorAnswer"];
                };
            };
        };
    };
}
