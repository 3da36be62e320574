export function hasKeyring(): boolean;
export function findPostgresPrograms(): string | undefined;
