-- Imports of tables: their columns, and what they wrote of spend.

-- The names of the columns, where the file is CSV: its rest is read by them. None until rows are done.
alter table engine.import add column names text[];

-- The import that last recorded the amount, so that a row which contradicts its own file is known.
alter table engine.spend
    add column import uuid,
    add constraint spend_organisation_import_fkey
        foreign key (organisation, import) references engine.import (organisation, id);
