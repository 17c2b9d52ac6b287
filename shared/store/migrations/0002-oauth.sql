CREATE TABLE IF NOT EXISTS oauth_apps (
  id BIGINT UNSIGNED NOT NULL,
  client_id VARCHAR(128) NOT NULL,
  client_secret_sha256 VARCHAR(64) NOT NULL,
  name VARCHAR(255) NOT NULL,
  website VARCHAR(2000) NULL,
  redirect_uris TEXT NOT NULL,
  scopes VARCHAR(1000) NOT NULL,
  created_at_ms BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY by_client_id (client_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS oauth_codes (
  code_sha256 VARCHAR(64) NOT NULL,
  app_id BIGINT UNSIGNED NOT NULL,
  account_id BIGINT UNSIGNED NOT NULL,
  redirect_uri TEXT NOT NULL,
  scopes VARCHAR(1000) NOT NULL,
  code_challenge VARCHAR(128) NULL,
  expires_at_ms BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (code_sha256),
  KEY by_expiry (expires_at_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS oauth_tokens (
  token_sha256 VARCHAR(64) NOT NULL,
  app_id BIGINT UNSIGNED NOT NULL,
  account_id BIGINT UNSIGNED NULL,
  scopes VARCHAR(1000) NOT NULL,
  created_at_ms BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (token_sha256)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
