-- The block list (XEP-0191) is what the default privacy list denies wholly by
-- address (§5): the list that was the block list alone becomes the default one of
-- those who have no other.

UPDATE privacy_list AS blocked SET is_default = true
WHERE blocked.name = 'urn:xmpp:blocking'
  AND NOT EXISTS (SELECT FROM privacy_list AS other
                  WHERE other.domain = blocked.domain
                    AND other.username = blocked.username
                    AND other.is_default);

INSERT INTO schema_version (version) VALUES (6);
