-- Personal eventing (XEP-0163): the nodes of an account and what was published to
-- them.

INSERT INTO schema_version (version) VALUES (20);

-- settings: a submitted data form (XEP-0060 §16.4.4); affiliations: elements of
-- XEP-0060 §8.9, but for the owner's.
CREATE TABLE pep_node (
    domain       text NOT NULL,
    username     text NOT NULL,
    node         text NOT NULL,
    settings     text NOT NULL,
    affiliations text NOT NULL DEFAULT '',
    PRIMARY KEY (domain, username, node),
    FOREIGN KEY (domain, username) REFERENCES account
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- place: the order of publication; an item that is published again is the newest.
CREATE SEQUENCE pep_place;
CREATE TABLE pep_item (
    domain       text NOT NULL,
    username     text NOT NULL,
    node         text NOT NULL,
    id           text NOT NULL,
    place        bigint NOT NULL DEFAULT nextval('pep_place'),
    published_ms bigint NOT NULL,
    payload      text NOT NULL,
    PRIMARY KEY (domain, username, node, id),
    FOREIGN KEY (domain, username, node) REFERENCES pep_node
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX pep_item_place ON pep_item (domain, username, node, place);

-- SHA-1 of the photo, which stands in presence (XEP-0153); empty: there is none, or
-- the card was stored before this.
ALTER TABLE vcard ADD COLUMN photo text NOT NULL DEFAULT '';
