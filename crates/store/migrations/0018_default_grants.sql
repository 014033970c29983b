-- A grant by default has no client, so nothing kept two for one audience apart. Of those there are, the first stays.
DELETE FROM client_grants WHERE (doc ->> 'default_for') IS NOT NULL AND EXISTS (
    SELECT 1 FROM client_grants AS first
    WHERE first.tenant = client_grants.tenant AND first.id < client_grants.id
        AND (first.doc ->> 'default_for') = (client_grants.doc ->> 'default_for')
        AND (first.doc ->> 'audience') = (client_grants.doc ->> 'audience')
        AND coalesce(first.doc ->> 'subject_type', 'client') = coalesce(client_grants.doc ->> 'subject_type', 'client')
);
CREATE UNIQUE INDEX client_grants_default ON client_grants
    (tenant, (doc ->> 'default_for'), (doc ->> 'audience'), (coalesce(doc ->> 'subject_type', 'client')))
    WHERE (doc ->> 'default_for') IS NOT NULL;
