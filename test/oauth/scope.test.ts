import { describe, expect, test } from "vitest";
import { chooseScopes, type ScopeQuestion } from "../../src/oauth/scope.ts";

const nothing: ScopeQuestion = { configured: undefined, challenged: [], held: [], resourceScopes: undefined, issuerScopes: undefined, issuerGrantTypes: undefined, offline: "auto" };
const choose = (question: Partial<ScopeQuestion>): string => chooseScopes({ ...nothing, ...question }).scopes.join(" ");

describe("A03: which scopes to ask for", () => {
  test.each<[string, Partial<ScopeQuestion>, string]>([
    ["none when nobody says any", {}, ""],
    ["the resource's list when nothing else is said", { resourceScopes: ["a", "b"] }, "a b"],
    ["the challenge's before the resource's, however they overlap", { challenged: ["x"], resourceScopes: ["a", "b"] }, "x"],
    ["the configured ones before all", { configured: "c d", challenged: ["x"], resourceScopes: ["a"] }, "c d"],
    ["with `+`, the configured ones beside the challenge's", { configured: "+c", challenged: ["x"] }, "x c"],
    ["with `+`, the configured ones beside the resource's", { configured: "+c +d", resourceScopes: ["a"] }, "a c d"],
    ["mixed: those without `+` replace, those with it are added", { configured: "c +d", challenged: ["x"] }, "c d"],
    ["never what only the issuer lists", { issuerScopes: ["openid", "admin"] }, ""],
    ["each once", { configured: "a a +a", challenged: ["a"] }, "a"],
    ["an empty list of the resource's is no scope", { resourceScopes: [] }, ""],
    ["a configured text of white space says nothing", { configured: "  ", resourceScopes: ["a"] }, "a"],
    ["a lone `+` says nothing", { configured: "+", resourceScopes: ["a"] }, "a"],
  ])("%s", (_, question, scopes) => {
    expect(choose(question)).toBe(scopes);
  });
});

describe("A07: stepping up", () => {
  test.each<[string, Partial<ScopeQuestion>, string]>([
    ["asks for what was held and what is missing", { held: ["a", "b"], challenged: ["c"] }, "a b c"],
    ["does not grow by the resource's whole list", { held: ["a"], challenged: ["c"], resourceScopes: ["a", "b", "c", "d"] }, "a c"],
    ["keeps what was held when the challenge names nothing", { held: ["a"], resourceScopes: ["a", "b"] }, "a"],
    ["reaches what the operation needs even where a configured list lacks it", { configured: "a", held: ["a"], challenged: ["c"] }, "a c"],
    ["keeps configured additions", { configured: "+extra", held: ["a"], challenged: ["c"] }, "a c extra"],
    ["does not repeat what was held", { held: ["a", "c"], challenged: ["c"] }, "a c"],
  ])("%s", (_, question, scopes) => {
    expect(choose(question)).toBe(scopes);
  });
});

describe("A02: offline_access", () => {
  const grants = { with: ["authorization_code", "refresh_token"], without: ["authorization_code"] };

  test.each<[string, Partial<ScopeQuestion>, string, boolean]>([
    ["is added where the issuer lists it", { issuerScopes: ["offline_access"], resourceScopes: ["a"] }, "a offline_access", true],
    ["is added where the issuer lists it and says that it renews", { issuerScopes: ["offline_access"], issuerGrantTypes: grants.with }, "offline_access", true],
    ["is not added where the issuer says that it does not renew", { issuerScopes: ["offline_access"], issuerGrantTypes: grants.without }, "", false],
    ["is not added where nobody lists it", { issuerScopes: ["openid"], resourceScopes: ["a"] }, "a", false],
    ["is added to a challenge's scopes where the resource lists it (Atlassian)", { challenged: ["x"], resourceScopes: ["offline_access"] }, "x offline_access", true],
    ["may be left out again where only the resource's list brings it", { resourceScopes: ["offline_access", "a"] }, "a offline_access", true],
    ["is not asked for, although the resource lists it, where the issuer says that it does not renew", { resourceScopes: ["a", "offline_access"], issuerGrantTypes: grants.without }, "a", false],
    ["is not ours where the challenge asks for it", { challenged: ["x", "offline_access"], offline: "never" }, "x offline_access", false],
    ["is not ours where it is configured", { configured: "a offline_access", issuerScopes: ["offline_access"] }, "a offline_access", false],
    ["is not ours where it was held", { held: ["a", "offline_access"], challenged: ["c"], issuerScopes: ["offline_access"] }, "a offline_access c", false],
    ["always: is added unlisted", { offline: "always", resourceScopes: ["a"] }, "a offline_access", true],
    ["never: is not added though listed", { offline: "never", issuerScopes: ["offline_access"], resourceScopes: ["a"] }, "a", false],
  ])("%s", (_, question, scopes, added) => {
    const choice = chooseScopes({ ...nothing, ...question });
    expect([choice.scopes.join(" "), choice.offlineAdded]).toEqual([scopes, added]);
  });

  test("never: is not asked for either where the resource's own list has it", () => {
    expect(choose({ offline: "never", resourceScopes: ["a", "offline_access"] })).toBe("a");
  });
});
