-- Messages of a room between times $3 and $4 (0: none) and behind and before the
-- stanza ids $5, $6; $7: a nickname, $8: a real address.
FROM room_message
WHERE domain = $1 AND name = $2
AND ($3::bigint = 0 OR created >= to_timestamp($3::bigint / 1000.0))
AND ($4::bigint = 0 OR created <= to_timestamp($4::bigint / 1000.0))
AND id > coalesce((SELECT max(id) FROM room_message
    WHERE domain = $1 AND name = $2
    AND stanza_id = ANY (string_to_array($5, chr(31)))), 0)
AND id < coalesce((SELECT min(id) FROM room_message
    WHERE domain = $1 AND name = $2
    AND stanza_id = ANY (string_to_array($6, chr(31)))), 9223372036854775807)
AND ($7::text IS NULL OR nick = $7)
AND ($8::text IS NULL OR sender = $8 OR starts_with(sender, $8 || '/'))
