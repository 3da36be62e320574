/** Who we say we are to servers. A test keeps `version` equal to package.json's. */
export const product = { name: "mcpass", title: "mcpass", version: "0.1.0", userAgent: "mcpass/0.1.0" } as const;
