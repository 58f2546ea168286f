ALTER TABLE `jobs` ADD `confirmation_id` integer;--> statement-breakpoint
UPDATE `jobs` SET `confirmation_id` = coalesce(
	(SELECT min(message_id) FROM memo_links
		WHERE job_id = jobs.id AND memo_name = jobs.memo_name AND confirmation = 1),
	(SELECT sent_message_id FROM outbox
		WHERE job_id = jobs.id AND sent_message_id IS NOT NULL AND method = 'sendMessage'
			AND json_extract(params, '$.memoferry.about') = 'memo'
		ORDER BY id DESC LIMIT 1)
) WHERE memo_name IS NOT NULL;--> statement-breakpoint
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
	`created_at` integer NOT NULL,
	PRIMARY KEY(`bot_id`, `chat_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
-- What is still to be sent: confirmations that were on their way are left at that, and so are marks that a sum stands for.
-- A change of a confirmation that was not sent yet goes into it; of one that was, it becomes an edit of it.
INSERT INTO `__new_outbox`("bot_id", "chat_id", "id", "job_id", "slot", "method", "params", "instead", "promise", "state", "created_at")
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
	otherwise, promise, 'waiting', created_at
FROM newest LEFT JOIN changed ON changed.of_id = newest.id
WHERE slot IS NULL OR place = 1;--> statement-breakpoint
DROP TABLE `outbox`;--> statement-breakpoint
ALTER TABLE `__new_outbox` RENAME TO `outbox`;--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_slot` ON `outbox` (`bot_id`,`chat_id`,`slot`) WHERE state = 'waiting' AND slot IS NOT NULL;
