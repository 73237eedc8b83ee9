-- Messages of people who were erased. Their events stand under other keys now, and no row refers from
-- one to the other; but the same message must not count again, above all when the mirror is filled
-- again from the chain.
create table engine.erased_message (
    organisation integer not null,
    message_key  uuid not null,
    constraint erased_message_pkey primary key (organisation, message_key),
    constraint erased_message_organisation_fkey
        foreign key (organisation) references engine.organisation
);

grant select, insert, update, delete on engine.erased_message to tessera_tenant;
alter table engine.erased_message enable row level security;
create policy tenant on engine.erased_message to tessera_tenant
    using (organisation = engine.current_organisation())
    with check (organisation = engine.current_organisation());
