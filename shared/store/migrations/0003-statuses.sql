-- A deleted status stays as a tombstone without text: the status may come after its own delete.
-- visibility: 0 public, 1 unlisted, 2 private. The secondary keys answer every page without touching the rows.
CREATE TABLE IF NOT EXISTS statuses (
  id BIGINT UNSIGNED NOT NULL,
  author_id BIGINT UNSIGNED NOT NULL,
  deleted TINYINT UNSIGNED NOT NULL DEFAULT 0,
  visibility TINYINT UNSIGNED NOT NULL,
  in_reply_to_id BIGINT UNSIGNED NULL,
  in_reply_to_account_id BIGINT UNSIGNED NULL,
  is_sensitive TINYINT UNSIGNED NOT NULL,
  language VARCHAR(64) NULL,
  replies_count INT NOT NULL DEFAULT 0,
  created_at_ms BIGINT UNSIGNED NOT NULL,
  deleted_at_ms BIGINT UNSIGNED NULL,
  spoiler_text TEXT NOT NULL,
  text MEDIUMTEXT NOT NULL,
  PRIMARY KEY (id),
  KEY by_author (author_id, deleted, id, visibility, in_reply_to_id),
  KEY by_visibility (visibility, deleted, id, author_id),
  KEY by_parent (in_reply_to_id, deleted, id, author_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
