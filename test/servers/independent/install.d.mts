/** With their exact versions. */
export const packages: readonly string[];
/** The folder whose node_modules has the independent servers; installs them first when they are not there. */
export function requireAuthorizationServers(): string;
/** Where a package's module is. */
export function pathOfModule(specifier: string): string;
