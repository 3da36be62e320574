import { expect, test } from "vitest";
import { readDatabaseAddress } from "../../../src/vault/postgres/address.ts";

const secret = "s3cr%40t%2F";

test.each([
  ["postgres://ann:s3cr%40t%2F@db.example:6543/vault", "postgres://ann@db.example:6543/vault", { host: "db.example", port: 6543, user: "ann", password: "s3cr@t/", database: "vault" }, true],
  ["postgresql://db.example/vault", "postgres://db.example:5432/vault", { host: "db.example", port: 5432, database: "vault" }, true],
  ["postgres://ann@db.example/vault?sslmode=disable", "postgres://ann@db.example:5432/vault", { host: "db.example", port: 5432, user: "ann", database: "vault" }, false],
  ["postgres://127.0.0.1/vault?user=ann&password=s3cr%40t%2F", "postgres://ann@127.0.0.1:5432/vault", { host: "127.0.0.1", port: 5432, user: "ann", password: "s3cr@t/", database: "vault" }, false],
  ["postgres://[::1]:1/vault?sslmode=verify-full", "postgres://[::1]:1/vault", { host: "::1", port: 1, database: "vault" }, true],
  ["postgres:///vault?host=/run/postgresql", "postgres:///run/postgresql:5432/vault", { host: "/run/postgresql", port: 5432, database: "vault" }, false],
])("%s", (text, place, connection, tls) => {
  const address = readDatabaseAddress(text);
  expect({ place: address.place, connection: address.connection, tls: address.tls !== undefined }).toEqual({ place, connection, tls });
});

test.each([
  ["mysql://ann:SECRET@db.example/vault", "not an address"],
  ["postgres://ann:SECRET@db.example", "no database"],
  ["postgres://ann:SECRET@db.example:port/vault", "not an address"],
  ["postgres:///vault?password=SECRET", "no host"],
  ["postgres://ann:SECRET@db.example/vault?sslmode=prefer", 'sslmode "prefer" is neither verify-full nor disable'],
  ["postgres://ann:SECRET@db.example/vault?schema=x", 'parameter "schema"'],
  ["postgres://ann:SECRET%@db.example/vault", "write it as %25"],
])("%s is refused, and its password shown to nobody", (text, words) => {
  let failure: unknown;
  try {
    readDatabaseAddress(text.replace("SECRET", secret));
  } catch (thrown) {
    failure = thrown;
  }
  expect(failure).toMatchObject({ code: "usage", message: expect.stringContaining(words), hint: expect.stringContaining("postgres://user@host:5432/database") });
  expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain("s3cr");
});
