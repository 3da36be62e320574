/** How often a person may be sent to an issuer without having asked for it, in the life of one manager. A07 */
export interface AuthorizationBudget {
  /** Takes one authorization for this server out of the budget, for these scopes when it is a step-up. False: there is none left. */
  take(server: string, stepUpScopes: readonly string[] | undefined): boolean;
  /** Counts an authorization that a person asked for; it is never refused. */
  count(server: string): void;
}

/** At most 3 authorizations per server, and one step-up for each set of scopes. */
export function createAuthorizationBudget(): AuthorizationBudget {
  const spent = new Map<string, number>();
  const stepUps = new Set<string>();
  const count = (server: string): void => void spent.set(server, (spent.get(server) ?? 0) + 1);
  return {
    count,
    take: (server, scopes) => {
      if ((spent.get(server) ?? 0) >= 3) return false;
      if (scopes !== undefined) {
        const stepUp = JSON.stringify([server, ...[...new Set(scopes)].sort()]);
        if (stepUps.has(stepUp)) return false;
        stepUps.add(stepUp);
      }
      count(server);
      return true;
    },
  };
}
