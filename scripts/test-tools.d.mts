export function hasKeyring(): boolean;
