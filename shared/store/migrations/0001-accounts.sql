-- Names and addresses compare by their lower-cased key, byte by byte: no collation decides who is who.
CREATE TABLE IF NOT EXISTS accounts (
  id BIGINT UNSIGNED NOT NULL,
  username VARCHAR(64) NOT NULL,
  username_key VARCHAR(64) NOT NULL,
  email VARCHAR(320) NOT NULL,
  email_key VARCHAR(320) NOT NULL,
  password_hash VARCHAR(512) NOT NULL,
  display_name VARCHAR(255) NOT NULL DEFAULT '',
  note TEXT NOT NULL,
  created_at_ms BIGINT UNSIGNED NOT NULL,
  followers_count INT NOT NULL DEFAULT 0,
  following_count INT NOT NULL DEFAULT 0,
  statuses_count INT NOT NULL DEFAULT 0,
  last_status_at_ms BIGINT UNSIGNED NULL,
  PRIMARY KEY (id),
  UNIQUE KEY by_username (username_key),
  UNIQUE KEY by_email (email_key),
  KEY by_followers_count (followers_count)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS follows (
  follower_id BIGINT UNSIGNED NOT NULL,
  followee_id BIGINT UNSIGNED NOT NULL,
  created_at_ms BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (follower_id, followee_id),
  KEY by_followee (followee_id, follower_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Totals of the instance page, spread over a few slots so that writers do not queue for one row.
CREATE TABLE IF NOT EXISTS totals (
  name VARCHAR(16) NOT NULL,
  slot TINYINT UNSIGNED NOT NULL,
  total BIGINT NOT NULL,
  PRIMARY KEY (name, slot)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
