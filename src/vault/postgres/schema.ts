/** The version of the tables below. A newer one is refused, an older one migrated; see `docs/postgresql.md`. */
export const tablesVersion = 1;

/** A schema of its own, so that it can share a database. Where somebody else has made it for this user, it is taken as it is. */
export const schemaCreation = "create schema mcpass;";

/**
 * Makes the tables where there are none.
 * `content` is sealed but for its head (`docs/vault-schema.md`); no column holds a secret in the clear.
 */
export const migration = `
create table mcpass.version (
  version integer primary key
);

-- One row per record. Every write gives a new revision, and names the one that it replaces.
create table mcpass.record (
  key text primary key,
  revision text not null,
  content text not null,
  -- Who has written ahead of something that is not finished; null when nothing is under way.
  unfinished text,
  changed_by text not null,
  changed_at timestamptz not null default now()
);

-- One row: which keys the vault is sealed with, themselves sealed.
create table mcpass.key_record (
  the_one boolean primary key default true check (the_one),
  content text not null
);

create function mcpass.tell() returns trigger language plpgsql as $$
begin
  perform pg_notify('mcpass', coalesce(new.key, old.key) || ' ' || coalesce(new.revision, ''));
  return null;
end
$$;

create trigger tell_insert_delete after insert or delete on mcpass.record for each row execute function mcpass.tell();
create trigger tell_update after update on mcpass.record for each row when (old.revision is distinct from new.revision) execute function mcpass.tell();

insert into mcpass.version values (${tablesVersion});
`;
