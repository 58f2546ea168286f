DROP INDEX `jobs_by_state`;--> statement-breakpoint
CREATE INDEX `jobs_open_albums` ON `jobs` (`bot_id`,`lane`) WHERE waiting_for = 'album';--> statement-breakpoint
CREATE INDEX `jobs_by_state` ON `jobs` (`bot_id`,`state`,`outcome`,`done_at`);--> statement-breakpoint
CREATE INDEX `outbox_over` ON `outbox` (`created_at`) WHERE state IN ('sent', 'dropped', 'uncertain');