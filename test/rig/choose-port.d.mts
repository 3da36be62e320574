/** A port of this machine from `first` on and below `end` that nobody listens on. */
export function choosePort(first: number, end: number): Promise<number>;
