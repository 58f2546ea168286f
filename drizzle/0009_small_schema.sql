PRAGMA defer_foreign_keys = ON;
--> statement-breakpoint
ALTER TABLE `jobs` RENAME TO `old_jobs`;
--> statement-breakpoint
ALTER TABLE `updates` RENAME TO `old_updates`;
--> statement-breakpoint
ALTER TABLE `bindings` RENAME TO `old_bindings`;
--> statement-breakpoint
ALTER TABLE `chats` RENAME TO `old_chats`;
--> statement-breakpoint
CREATE TABLE `chats` (
	`id` integer PRIMARY KEY NOT NULL,
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`moved_to` integer,
	`outage_told_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `chats_identity` ON `chats` (`bot_id`,`chat_id`);
--> statement-breakpoint
INSERT INTO `chats` (`bot_id`, `chat_id`)
	SELECT `bot_id`, coalesce(`chat_id`, 0) FROM `old_jobs`
	UNION SELECT `bot_id`, CAST(`lane` AS integer) FROM `old_jobs` WHERE `state` IN ('waiting', 'working')
	UNION SELECT `bot_id`, coalesce(`chat_id`, 0) FROM `old_updates`
	UNION SELECT `bot_id`, `chat_id` FROM `memo_links`
	UNION SELECT `bot_id`, `chat_id` FROM `deletions`
	UNION SELECT `bot_id`, `chat_id` FROM `old_chats`
	UNION SELECT `bots`.`bot_id`, `offered_tokens`.`chat_id` FROM `bots`, `offered_tokens`
	UNION SELECT `bots`.`bot_id`, CAST(substr(`name`, 15) AS integer) FROM `bots`, `facts` WHERE `name` LIKE 'supergroup_of:%'
	UNION SELECT `bots`.`bot_id`, CAST(`value` AS integer) FROM `bots`, `facts` WHERE `name` LIKE 'supergroup_of:%';
--> statement-breakpoint
UPDATE `chats` SET `outage_told_at` = (
	SELECT `outage_told_at` FROM `old_chats`
	WHERE `old_chats`.`bot_id` = `chats`.`bot_id` AND `old_chats`.`chat_id` = `chats`.`chat_id`
);
--> statement-breakpoint
UPDATE `chats` SET `moved_to` = (
	SELECT `home`.`id` FROM `facts` JOIN `chats` AS `home` ON `home`.`chat_id` = CAST(`facts`.`value` AS integer)
	WHERE `facts`.`name` = 'supergroup_of:' || `chats`.`chat_id` AND `home`.`bot_id` = `chats`.`bot_id`
);
--> statement-breakpoint
DELETE FROM `facts` WHERE `name` LIKE 'supergroup_of:%';
--> statement-breakpoint
-- Also those that nobody is bound to any more. A number says nothing without the word before it.
CREATE TABLE `accounts` (
	`id` integer PRIMARY KEY NOT NULL,
	`server` text NOT NULL,
	`name` text NOT NULL,
	`id_name` text NOT NULL,
	`display_name` text NOT NULL,
	`memos_username` text,
	`memos_version` text
);
--> statement-breakpoint
INSERT INTO `accounts` (`server`, `name`, `id_name`, `display_name`, `memos_username`, `memos_version`)
	SELECT `server`, `account`, `account`,
		coalesce(`bound`.`display_name`, `account_names`.`name`,
			iif(substr(`account`, 7) GLOB '*[^0-9]*', substr(`account`, 7), `account`)),
		`bound`.`memos_username`, `bound`.`memos_version`
	FROM (
		SELECT `server`, `account` FROM `old_bindings`
		UNION SELECT `server`, `account` FROM `old_jobs` WHERE `account` IS NOT NULL
		UNION SELECT `server`, `account` FROM `memo_links`
		UNION SELECT `server`, `account` FROM `deletions`
	)
	LEFT JOIN `account_names` USING (`server`, `account`)
	LEFT JOIN (
		SELECT `server`, `account`, `display_name`, `memos_username`, `memos_version`, max(`updated_at`) FROM `old_bindings`
		GROUP BY `server`, `account`
	) AS `bound` USING (`server`, `account`);
--> statement-breakpoint
CREATE TABLE `bindings` (
	`telegram_id` integer PRIMARY KEY NOT NULL,
	`username` text,
	`account_key` integer NOT NULL,
	`access_token` text NOT NULL,
	`visibility` text,
	`tags` text DEFAULT '[]' NOT NULL,
	`confirmation` text DEFAULT 'reply' NOT NULL,
	`source_line` integer DEFAULT true NOT NULL,
	`formatting` text DEFAULT 'as_typed' NOT NULL,
	`language` text,
	`telegram_language` text,
	`state` text DEFAULT 'active' NOT NULL,
	`paused_reason` text,
	`guest_of` integer,
	`tags_asked_in` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`account_key`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `bindings` (`telegram_id`, `username`, `account_key`, `access_token`, `visibility`, `tags`, `confirmation`, `source_line`, `formatting`,
	`language`, `telegram_language`, `state`, `paused_reason`, `guest_of`, `tags_asked_in`, `created_at`, `updated_at`)
	SELECT `telegram_id`, `username`, (SELECT `id` FROM `accounts` WHERE `accounts`.`server` = `old_bindings`.`server` AND `accounts`.`name` = `old_bindings`.`account`), `access_token`, `visibility`, `tags`, `confirmation`, `source_line`, `formatting`,
	`language`, `telegram_language`, `state`, `paused_reason`, `guest_of`, `tags_asked_in`, `created_at`, `updated_at`
	FROM `old_bindings`;
--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`chat_key` integer NOT NULL,
	`kind` text NOT NULL,
	`job_key` text NOT NULL,
	`queue` text NOT NULL,
	`lane` integer NOT NULL,
	`message_id` integer,
	`telegram_id` integer,
	`account_key` integer,
	`state` text NOT NULL,
	`outcome` text,
	`waiting_for` text,
	`attempts` integer DEFAULT 0 NOT NULL,
	`first_failed_at` integer,
	`reason` text,
	`detail` text,
	`plan` text,
	`memo_name` text,
	`claims` text,
	`created_at` integer NOT NULL,
	`done_at` integer,
	`done_by` text,
	`requested_action` text,
	`confirmation_id` integer,
	`comments` text,
	`never_joined` integer DEFAULT false NOT NULL,
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`account_key`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
-- Ids of jobs are in buttons, and are never given out again.
INSERT INTO `sqlite_sequence` (`name`, `seq`) SELECT 'jobs', `seq` FROM `sqlite_sequence` WHERE `name` = 'old_jobs';
--> statement-breakpoint
INSERT INTO `jobs` (`id`, `chat_key`, `kind`, `job_key`, `queue`, `lane`, `message_id`, `telegram_id`, `account_key`, `state`,
	`outcome`, `waiting_for`, `attempts`, `first_failed_at`, `reason`, `detail`, `plan`, `memo_name`, `claims`, `created_at`,
	`done_at`, `done_by`, `requested_action`, `comments`, `never_joined`, `confirmation_id`)
	SELECT `id`, (SELECT `id` FROM `chats` WHERE `chats`.`bot_id` = `old_jobs`.`bot_id` AND `chats`.`chat_id` = coalesce(`old_jobs`.`chat_id`, 0)), `kind`,
		`job_key` || iif(`chat_id` IS NULL AND EXISTS (
			SELECT 1 FROM `old_jobs` AS `same` WHERE `same`.`bot_id` = `old_jobs`.`bot_id` AND `same`.`kind` = `old_jobs`.`kind`
				AND `same`.`chat_id` IS NULL AND `same`.`job_key` = `old_jobs`.`job_key` AND `same`.`id` < `old_jobs`.`id`
		), ':' || `id`, ''),
		`queue`,
		CASE
			WHEN `aside` OR instr(`lane`, ':') THEN -`id`
			ELSE coalesce((
				SELECT `id` FROM `chats`
				WHERE `chats`.`bot_id` = `old_jobs`.`bot_id` AND `chats`.`chat_id` = CAST(`lane` AS integer)
			), -`id`)
		END,
		`message_id`, `telegram_id`, (SELECT `id` FROM `accounts` WHERE `accounts`.`server` = `old_jobs`.`server` AND `accounts`.`name` = `old_jobs`.`account`),
		iif(`state` = 'working', 'waiting', `state`), `outcome`, `waiting_for`, `attempts`, `first_failed_at`, `reason`, `detail`, `plan`, `memo_name`,
		iif(`state` = 'done', NULL, (SELECT nullif(json_group_array(`name`), '[]') FROM `claims` WHERE `job_id` = `old_jobs`.`id`)),
		`created_at`, `done_at`, `done_by`, `wish`, `comments`, `separated_from` IS NOT NULL,
		iif(`memo_name` IS NULL, NULL, coalesce(
			(SELECT min(`message_id`) FROM `memo_links`
				WHERE `job_id` = `old_jobs`.`id` AND `memo_links`.`memo_name` = `old_jobs`.`memo_name` AND `confirmation`),
			(SELECT `sent_message_id` FROM `outbox`
				WHERE `job_id` = `old_jobs`.`id` AND `sent_message_id` IS NOT NULL AND `method` = 'sendMessage'
					AND json_extract(`params`, '$.memoferry.about') = 'memo'
				ORDER BY `id` DESC LIMIT 1)))
	FROM `old_jobs`;
--> statement-breakpoint
-- What was to be deleted, or brought back, a minute later.
INSERT INTO `jobs` (`chat_key`, `kind`, `job_key`, `queue`, `lane`, `telegram_id`, `account_key`, `state`, `waiting_for`, `plan`, `created_at`)
	SELECT (SELECT `id` FROM `chats` WHERE `chats`.`bot_id` = `deletions`.`bot_id` AND `chats`.`chat_id` = coalesce(`deletions`.`chat_id`, 0)), 'deletion', `id`, 'commands', 0, `telegram_id`, (SELECT `id` FROM `accounts` WHERE `accounts`.`server` = `deletions`.`server` AND `accounts`.`name` = `deletions`.`account`),
		'waiting', 'memos',
		json_object('memo_name', `memo_name`, 'content_hash', `content_hash`, 'state_before', `state_before`,
			'comments', json(`comments`), 'restore', json(iif(`state` = 'restoring', 'true', 'false')),
			'not_before', iif(`state` = 'waiting', `delete_at`, 0)),
		`delete_at`
	FROM `deletions`;
--> statement-breakpoint
CREATE TABLE `updates` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`source` text NOT NULL,
	`chat_key` integer NOT NULL,
	`update_id` text NOT NULL,
	`kind` text NOT NULL,
	`fingerprint` text NOT NULL,
	`job_id` integer NOT NULL,
	`message_id` integer,
	`received_at` integer NOT NULL,
	`payload` text,
	`payload_form` text DEFAULT 'plain' NOT NULL,
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`job_id`) REFERENCES `jobs`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `sqlite_sequence` (`name`, `seq`) SELECT 'updates', `seq` FROM `sqlite_sequence` WHERE `name` = 'old_updates';
--> statement-breakpoint
-- Of numbers that Telegram gave out again each stands for itself.
INSERT INTO `updates` (`seq`, `source`, `chat_key`, `update_id`, `kind`, `fingerprint`, `job_id`, `message_id`,
	`received_at`, `payload`, `payload_form`)
	SELECT min(`seq`), `source`, (SELECT `id` FROM `chats` WHERE `chats`.`bot_id` = `old_updates`.`bot_id` AND `chats`.`chat_id` = coalesce(`old_updates`.`chat_id`, 0)), `update_id`, `kind`, `fingerprint`, `job_id`, `message_id`,
		`received_at`, `payload`, `payload_form`
	FROM `old_updates` GROUP BY `source`, `bot_id`, `chat_id`, `update_id`, `fingerprint`;
--> statement-breakpoint
-- Whose access token could not be checked is told how to connect, as by a /bind without one.
INSERT INTO `jobs` (`chat_key`, `kind`, `job_key`, `queue`, `lane`, `telegram_id`, `state`, `created_at`)
	SELECT `chats`.`id`, 'command', 'offered token', 'commands', 0, `telegram_id`, 'waiting', `offered_at`
	FROM `offered_tokens`
	JOIN `chats` ON `chats`.`chat_id` = `offered_tokens`.`chat_id` AND `chats`.`bot_id` = (SELECT max(`bot_id`) FROM `bots`);
--> statement-breakpoint
INSERT INTO `updates` (`source`, `chat_key`, `update_id`, `kind`, `fingerprint`, `job_id`, `received_at`, `payload`)
	SELECT 'telegram', `jobs`.`chat_key`, 'offered token', 'message', '', `jobs`.`id`, `offered_at`,
		json_object('update_id', 0, 'message', json_object('message_id', 0, 'date', `offered_at` / 1000,
			'chat', json_object('id', `offered_tokens`.`chat_id`, 'type', 'private'),
			'from', json_object('id', `offered_tokens`.`telegram_id`, 'is_bot', json('false'), 'first_name', ''),
			'text', '/bind', 'entities', json_array(json_object('type', 'bot_command', 'offset', 0, 'length', 5))))
	FROM `jobs` JOIN `offered_tokens` ON `offered_tokens`.`telegram_id` = `jobs`.`telegram_id`
	WHERE `jobs`.`job_key` = 'offered token';
--> statement-breakpoint
UPDATE `jobs` SET `lane` = -`id` WHERE `lane` = 0;
--> statement-breakpoint
CREATE TABLE `links` (
	`chat_key` integer NOT NULL,
	`message_id` integer NOT NULL,
	`job_id` integer NOT NULL,
	`account_key` integer NOT NULL,
	`memo_name` text NOT NULL,
	`parent_name` text,
	`confirmation` integer DEFAULT false NOT NULL,
	`content_hash` text,
	PRIMARY KEY(`chat_key`, `message_id`),
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`account_key`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `links` (`chat_key`, `message_id`, `job_id`, `account_key`, `memo_name`, `parent_name`, `confirmation`, `content_hash`)
	SELECT (SELECT `id` FROM `chats` WHERE `chats`.`bot_id` = `memo_links`.`bot_id` AND `chats`.`chat_id` = coalesce(`memo_links`.`chat_id`, 0)), `message_id`, `job_id`, (SELECT `id` FROM `accounts` WHERE `accounts`.`server` = `memo_links`.`server` AND `accounts`.`name` = `memo_links`.`account`),
		`memo_name`, `parent_name`, `confirmation`, `content_hash`
	FROM `memo_links`;
--> statement-breakpoint
ALTER TABLE `invitations` RENAME TO `codes`;
--> statement-breakpoint
ALTER TABLE `codes` DROP COLUMN `used_at`;
--> statement-breakpoint
ALTER TABLE `allowed_names` RENAME TO `allowed`;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `epoch`;
--> statement-breakpoint
ALTER TABLE `bots` ADD `heard_at` integer;
--> statement-breakpoint
UPDATE `bots` SET `heard_at` = (
	SELECT max(`received_at`) FROM `old_updates` WHERE `old_updates`.`bot_id` = `bots`.`bot_id` AND `source` = 'telegram'
);
--> statement-breakpoint
ALTER TABLE `bots` ADD `absence` text;
--> statement-breakpoint
UPDATE `bots` SET `absence` = json_object('from', `away_from`, 'until', `away_until`, 'lostBefore', `away_until` - 86400000)
	WHERE `away_until` IS NOT NULL;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `away_from`;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `away_until`;
--> statement-breakpoint
ALTER TABLE `bots` ADD `receive` text;
--> statement-breakpoint
UPDATE `bots` SET `receive` = json_object('mode', `receive_mode`, 'since', `receive_since`, 'reason', `receive_reason`,
	'hold_ms', `receive_hold_ms`) WHERE `receive_mode` IS NOT NULL;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `receive_mode`;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `receive_since`;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `receive_reason`;
--> statement-breakpoint
ALTER TABLE `bots` DROP COLUMN `receive_hold_ms`;
--> statement-breakpoint
CREATE TABLE `__new_outbox` (
	`bot_id` integer NOT NULL,
	`chat_id` integer NOT NULL,
	`id` integer NOT NULL,
	`job_id` integer,
	`slot` text,
	`method` text NOT NULL,
	`params` text NOT NULL,
	`instead` text,
	`promise` text NOT NULL,
	`state` text NOT NULL,
	PRIMARY KEY(`bot_id`, `chat_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
-- What is still to be sent: confirmations that were on their way are left at that, and so are marks that a sum stands for.
-- A change of a confirmation that was not sent yet goes into it; of one that was, it becomes an edit of it.
INSERT INTO `__new_outbox`("bot_id", "chat_id", "id", "job_id", "slot", "method", "params", "instead", "promise", "state")
WITH owed AS (
	SELECT *, json_remove(params, '$.memoferry') AS said, json_extract(params, '$.memoferry.about') AS about,
		json_extract(params, '$.memoferry.instead') AS otherwise
	FROM outbox
	WHERE (state = 'waiting' OR (state = 'sending' AND promise = 'notice'))
		AND json_extract(params, '$.memoferry.sum') IS NULL
),
changed AS (
	SELECT changes_id AS of_id, said, max(id) FROM owed WHERE changes_id IS NOT NULL GROUP BY changes_id
),
slotted AS (
	SELECT owed.*, CASE
		WHEN changes_id IS NOT NULL OR (method = 'sendMessage' AND about = 'memo') THEN 'saved:' || job_id
		WHEN about = 'tag_question' THEN 'tags'
		WHEN method = 'editMessageText' THEN 'edit:' || json_extract(said, '$.message_id')
		WHEN method = 'setMessageReaction' THEN 'mark:' || json_extract(said, '$.message_id')
	END AS slot
	FROM owed
	WHERE changes_id IS NULL
		OR EXISTS (SELECT 1 FROM outbox AS sent WHERE sent.id = owed.changes_id AND sent.sent_message_id IS NOT NULL)
),
newest AS (
	SELECT *, row_number() OVER (PARTITION BY bot_id, chat_id, slot ORDER BY method = 'sendMessage' DESC, id DESC) AS place
	FROM slotted
)
SELECT bot_id, chat_id, id, job_id, slot, method,
	iif(changed.said IS NULL, newest.said, json_patch(changed.said, json_object(
		'disable_notification', newest.said -> '$.disable_notification',
		'reply_parameters', newest.said -> '$.reply_parameters'))),
	otherwise, promise, 'waiting'
FROM newest LEFT JOIN changed ON changed.of_id = newest.id
WHERE slot IS NULL OR place = 1;
--> statement-breakpoint
DROP TABLE `outbox`;
--> statement-breakpoint
ALTER TABLE `__new_outbox` RENAME TO `outbox`;
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_slot` ON `outbox` (`bot_id`,`chat_id`,`slot`) WHERE state = 'waiting' AND slot IS NOT NULL;
--> statement-breakpoint
DROP TABLE `old_updates`;
--> statement-breakpoint
DROP TABLE `old_jobs`;
--> statement-breakpoint
DROP TABLE `old_bindings`;
--> statement-breakpoint
DROP TABLE `old_chats`;
--> statement-breakpoint
DROP TABLE `memo_links`;
--> statement-breakpoint
DROP TABLE `account_names`;
--> statement-breakpoint
DROP TABLE `claims`;
--> statement-breakpoint
DROP TABLE `deletions`;
--> statement-breakpoint
DROP TABLE `searches`;
--> statement-breakpoint
DROP TABLE `senders`;
--> statement-breakpoint
DROP TABLE `servers`;
--> statement-breakpoint
DROP TABLE `offered_tokens`;
--> statement-breakpoint
DROP TABLE `shown_tokens`;
--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_identity` ON `jobs` (`chat_key`,`kind`,`job_key`);
--> statement-breakpoint
CREATE INDEX `jobs_unfinished` ON `jobs` (`queue`,`lane`,`id`) WHERE state = 'waiting';
--> statement-breakpoint
CREATE INDEX `jobs_dead` ON `jobs` (`telegram_id`) WHERE state = 'dead';
--> statement-breakpoint
CREATE INDEX `jobs_done` ON `jobs` (`done_at`,`outcome`,`chat_key`) WHERE state = 'done';
--> statement-breakpoint
CREATE INDEX `jobs_claims` ON `jobs` (`id`) WHERE claims IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `links_of_memo` ON `links` (`memo_name`);
--> statement-breakpoint
CREATE INDEX `links_of_job` ON `links` (`job_id`);
--> statement-breakpoint
CREATE INDEX `links_of_parent` ON `links` (`parent_name`) WHERE parent_name IS NOT NULL;
--> statement-breakpoint
CREATE UNIQUE INDEX `updates_identity` ON `updates` (`update_id`,`source`,`chat_key`,`fingerprint`);
--> statement-breakpoint
CREATE INDEX `updates_of_job` ON `updates` (`job_id`,`message_id`);
--> statement-breakpoint
CREATE INDEX `updates_of_message` ON `updates` (`chat_key`,`message_id`);--> statement-breakpoint
ALTER TABLE `jobs` RENAME COLUMN `plan` TO `old_plan`;--> statement-breakpoint
ALTER TABLE `jobs` ADD `settings` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `form` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `id_generation` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `tried` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `written` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `covered` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `began_at` integer;--> statement-breakpoint
UPDATE `jobs` SET
  `covered` = coalesce((SELECT max(`seq`) FROM `updates` WHERE `job_id` = `jobs`.`id`), 0),
  `written` = json_object(
    'main', coalesce((SELECT `content_hash` FROM `links`
      WHERE `job_id` = `jobs`.`id` AND `confirmation` = 0 AND `content_hash` IS NOT NULL LIMIT 1), ''),
    'at', NULL,
    'rest', json(coalesce((SELECT json_group_object('#' || `key`, json_object(
        'name', json_extract(`value`, '$.memo_name'), 'hash', coalesce(json_extract(`value`, '$.content_hash'), '')))
      FROM json_each(`jobs`.`comments`)), '{}')),
    'files', json('{}'))
  WHERE `queue` = 'messages' AND `memo_name` IS NOT NULL;--> statement-breakpoint
UPDATE `jobs` SET
  `settings` = json_extract(`old_plan`, '$.settings'),
  `id_generation` = coalesce(json_extract(`old_plan`, '$.n'), 0),
  `covered` = coalesce(json_extract(`old_plan`, '$.seq'), `covered`),
  `tried` = json_object(
    'place', json_extract(`old_plan`, '$.reply'),
    'in_own_comments', json((SELECT json_group_array(json(`ids`)) FROM (
      SELECT DISTINCT json_extract(`value`, '$.message_ids') AS `ids` FROM json_each(`old_plan`, '$.rest')
      WHERE json_array_length(`value`, '$.message_ids') > 0)))),
  `written` = json_set(`written`,
    '$.files', json(coalesce((SELECT json_group_object(
        json_extract(`value`, '$.attachment_id'),
        coalesce(json_extract(`value`, '$.name'), 'attachments/' || json_extract(`value`, '$.attachment_id')))
      FROM json_each(`old_plan`, '$.files') WHERE json_extract(`value`, '$.left_out') IS NULL), '{}')),
    '$.rest', json(coalesce((SELECT json_group_object(
        coalesce((SELECT group_concat(`value`, ',') FROM json_each(`rest`.`value`, '$.message_ids')), '') || '#' ||
          (SELECT count(*) FROM json_each(`old_plan`, '$.rest') AS `earlier` WHERE `earlier`.`key` < `rest`.`key`
            AND json_extract(`earlier`.`value`, '$.message_ids') IS json_extract(`rest`.`value`, '$.message_ids')),
        json_object('name', json_extract(`made`.`value`, '$.memo_name'),
          'hash', coalesce(json_extract(`made`.`value`, '$.content_hash'), '')))
      FROM json_each(`old_plan`, '$.rest') AS `rest` JOIN json_each(`jobs`.`comments`) AS `made` ON `made`.`key` = `rest`.`key`), '{}')))
  WHERE `written` IS NOT NULL AND json_valid(`old_plan`) AND json_extract(`old_plan`, '$.done');--> statement-breakpoint
UPDATE `jobs` SET `began_at` = coalesce(`first_failed_at`, `created_at`)
  WHERE `queue` = 'messages' AND `state` <> 'done' AND (`old_plan` IS NOT NULL OR `memo_name` IS NOT NULL);--> statement-breakpoint
UPDATE `jobs` SET `old_plan` = NULL
  WHERE `queue` = 'messages' AND (`state` = 'done' OR json_valid(`old_plan`) AND json_extract(`old_plan`, '$.done'));--> statement-breakpoint
ALTER TABLE `jobs` DROP COLUMN `comments`;--> statement-breakpoint
ALTER TABLE `links` DROP COLUMN `content_hash`;--> statement-breakpoint
DROP INDEX `jobs_claims`;--> statement-breakpoint
ALTER TABLE `jobs` DROP COLUMN `claims`;
