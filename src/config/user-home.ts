import { homedir } from "node:os";

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's home directory: of `variables` the first that is set, else what the system knows; "/" for a user without one, as in containers. */
export function userHome(environment: Environment, variables: readonly string[]): string {
  return variables.map((name) => environment[name]).find((value) => value !== undefined && value !== "") ?? systemHome();
}

/** Node throws where the user is in no list of users. */
function systemHome(): string {
  try {
    return homedir() || "/";
  } catch {
    return "/";
  }
}
