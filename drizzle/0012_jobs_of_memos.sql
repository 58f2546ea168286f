ALTER TABLE `jobs` ADD `parent_name` text;
--> statement-breakpoint
UPDATE `jobs` SET `parent_name` = (
	SELECT max(`links`.`parent_name`) FROM `links` WHERE `links`.`job_id` = `jobs`.`id` AND `links`.`memo_name` = `jobs`.`memo_name`
) WHERE `id` IN (SELECT `job_id` FROM `links` WHERE `parent_name` IS NOT NULL);
--> statement-breakpoint
-- What a link said of its memo its job says as well. In another table, and not column by column: each would write all rows anew.
CREATE TABLE `__new_links` (
	`chat_key` integer NOT NULL,
	`message_id` integer NOT NULL,
	`job_id` integer NOT NULL,
	`confirmation` integer DEFAULT false NOT NULL,
	PRIMARY KEY(`chat_key`, `message_id`),
	FOREIGN KEY (`chat_key`) REFERENCES `chats`(`id`) ON UPDATE no action ON DELETE no action
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_links` (`chat_key`, `message_id`, `job_id`, `confirmation`)
	SELECT `chat_key`, `message_id`, `job_id`, `confirmation` FROM `links`;
--> statement-breakpoint
DROP TABLE `links`;
--> statement-breakpoint
ALTER TABLE `__new_links` RENAME TO `links`;
--> statement-breakpoint
CREATE INDEX `links_of_job` ON `links` (`job_id`);
--> statement-breakpoint
CREATE INDEX `jobs_of_memo` ON `jobs` (substr(`memo_name`, 7, 8)) WHERE memo_name IS NOT NULL;
--> statement-breakpoint
CREATE INDEX `jobs_of_parent` ON `jobs` (`parent_name`) WHERE parent_name IS NOT NULL;