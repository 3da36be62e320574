export function hasKeyring(): boolean;
export function findPostgresPrograms(): string | undefined;
export function findChromium(say: (line: string) => void): string | undefined;
