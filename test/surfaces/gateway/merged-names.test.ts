import { assert, array, constantFrom, oneof, property, string, tuple, uniqueArray } from "fast-check";
import { expect, test } from "vitest";

import { mayMean, mergedName, mergedUri, readMergedName, readMergedUri, withMergedUris } from "../../../src/surfaces/gateway/merged-names.ts";

/** As people and servers write them, with everything that separators are made of. */
const word = oneof(string({ minLength: 1, maxLength: 80 }), array(constantFrom("a", "b", "_", "__", "-", ".", "Ä", "/"), { minLength: 1, maxLength: 40 }).map((parts) => parts.join("")));
const place = tuple(word, word).map(([server, name]) => ({ server, name }));

test("whatever servers and tools are called, the name of both is one that every client takes", () => {
  assert(property(place, (each) => /^[A-Za-z0-9_-]{1,64}$/.test(mergedName(each))), { numRuns: 2_000 });
});

test("no two tools of all servers have the same name", () => {
  assert(property(uniqueArray(place, { minLength: 2, maxLength: 40, selector: (each) => JSON.stringify([each.server, each.name]) }), (places) => new Set(places.map(mergedName)).size === places.length), { numRuns: 1_000 });
});

test("a name is read back as what it was made of, or is looked for among the servers that it may be of", () => {
  assert(
    property(place, (each) => {
      const merged = mergedName(each);
      const read = readMergedName(merged);
      return read === undefined ? mayMean(merged, each.server) : JSON.stringify(read) === JSON.stringify(each);
    }),
    { numRuns: 2_000 },
  );
});

test("usual names stay as they are, and others keep their beginning", () => {
  expect(mergedName({ server: "notes", name: "add_numbers" })).toBe("notes__add_numbers");
  expect(readMergedName("notes__add_numbers")).toEqual({ server: "notes", name: "add_numbers" });
  expect(mergedName({ server: "my.notes", name: "get/all" })).toMatch(/^my_notes___get_all_[a-z2-7]{12}$/);
  expect(mergedName({ server: "notes", name: `list_${"x".repeat(100)}` })).toMatch(/^notes___list_x+_[a-z2-7]{12}$/);
  // Which of the two it would be, could not be told.
  expect(mergedName({ server: "a_", name: "b" })).not.toBe(mergedName({ server: "a", name: "_b" }));
  expect(mergedName({ server: "a__b", name: "c" })).not.toBe(mergedName({ server: "a", name: "b__c" }));
});

test("a resource's address is read back whatever stands in it, and a template can still be filled in", () => {
  assert(property(place, (each) => JSON.stringify(readMergedUri(mergedUri(each))) === JSON.stringify(each)), { numRuns: 2_000 });
  expect(mergedUri({ server: "my notes", name: "test://item/{id}" })).toBe("mcpass:my%20notes/test://item/{id}");
  expect(readMergedUri("test://note")).toBeUndefined();
});

test("addresses in results are those that can be read", () => {
  const uri = "test://note";
  const resource = { uri, text: "a" };
  const merged = "mcpass:notes/test://note";
  expect(withMergedUris("notes", { content: [{ type: "text", text: uri }, { type: "resource_link", uri, name: "n" }, { type: "resource", resource }] })).toEqual({ content: [{ type: "text", text: uri }, { type: "resource_link", uri: merged, name: "n" }, { type: "resource", resource: { uri: merged, text: "a" } }] });
  expect(withMergedUris("notes", { messages: [{ role: "user", content: { type: "resource", resource } }] })).toEqual({ messages: [{ role: "user", content: { type: "resource", resource: { uri: merged, text: "a" } } }] });
  expect(withMergedUris("notes", { contents: [resource] })).toEqual({ contents: [{ uri: merged, text: "a" }] });
});
