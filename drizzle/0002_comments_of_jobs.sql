ALTER TABLE `deletions` ADD `comments` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `comments` text;--> statement-breakpoint
CREATE INDEX `memo_links_of_parent` ON `memo_links` (`parent_name`) WHERE parent_name IS NOT NULL;--> statement-breakpoint
UPDATE `jobs` SET `comments` = (
	SELECT json_group_array(json_object('memo_name', coalesce(json_extract(value, '$.name'), 'memos/' || json_extract(value, '$.comment_id')), 'content_hash', NULL))
	FROM json_each(`jobs`.`plan`, '$.rest')
) WHERE `memo_name` IS NOT NULL AND `plan` LIKE '{%' AND json_array_length(`plan`, '$.rest') > 0;
