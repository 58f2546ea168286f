/** The messages of the REST API, as far as requests carry them. */
import type { FieldType, MessageType } from "./protojson.ts";
import type { Features } from "./version.ts";

const repeated = (type: FieldType): FieldType => ({ repeated: type });
const message = (name: string, fields: Record<string, FieldType>): MessageType => ({
  name: `memos.api.v1.${name}`,
  fields,
});

const state: FieldType = { enum: ["STATE_UNSPECIFIED", "NORMAL", "ARCHIVED"] };
const visibility: FieldType = { enum: ["VISIBILITY_UNSPECIFIED", "PRIVATE", "PROTECTED", "PUBLIC"] };

/** Taken, and without effect here. */
const oldSettings: Record<string, FieldType> = {
  enableAutoCompact: "bool",
  enableLinkPreview: "bool",
  enableComment: "bool",
  enableLocation: "bool",
  defaultVisibility: "string",
  disableMarkdownShortcuts: "bool",
  enableBlurNsfwContent: "bool",
  nsfwTags: repeated("string"),
};

export interface Schema {
  memo: MessageType;
  /** What a create takes; up to 0.23 it is no whole memo. */
  newMemo: MessageType;
  attachment: MessageType;
  attachmentList: MessageType;
  relationList: MessageType;
  reactionRequest: MessageType;
  batchDelete: MessageType;
  signIn: MessageType;
  user: MessageType;
  tokenRequest: MessageType;
  userSetting: MessageType;
  oldUserSetting: MessageType;
  instanceSetting: MessageType;
}

export function schemaOf(features: Features): Schema {
  const attachment = message(features.files === "resources" ? "Resource" : "Attachment", {
    name: "string",
    ...(features.numbered ? { uid: "string" as const } : {}),
    createTime: "timestamp",
    filename: "string",
    content: "bytes",
    externalLink: "string",
    type: "string",
    size: "int64",
    memo: "string",
  });
  const memoName = message("MemoRelation.Memo", { name: "string", snippet: "string" });
  const related: FieldType = features.relationNames === "strings" ? "string" : { message: memoName };
  const relation = message("MemoRelation", {
    memo: related,
    relatedMemo: related,
    type: { enum: ["TYPE_UNSPECIFIED", "REFERENCE", "COMMENT"] },
  });
  const reaction = message("Reaction", {
    name: "string",
    creator: "string",
    contentId: "string",
    reactionType: "string",
    createTime: "timestamp",
  });
  const property: Record<string, FieldType> = {
    hasLink: "bool",
    hasTaskList: "bool",
    hasCode: "bool",
    hasIncompleteTasks: "bool",
    ...(features.titleProperty ? { title: "string" as const } : {}),
  };
  const location: Record<string, FieldType> = features.location
    ? {
        location: {
          message: message("Location", { placeholder: "string", latitude: "double", longitude: "double" }),
        },
      }
    : {};
  const rowStatus: FieldType = { enum: ["ROW_STATUS_UNSPECIFIED", "ACTIVE", "ARCHIVED"] };
  const memo = message("Memo", {
    name: "string",
    ...(features.numbered ? { uid: "string" as const } : {}),
    ...(features.rowStatus ? { rowStatus } : { state }),
    creator: "string",
    createTime: "timestamp",
    updateTime: "timestamp",
    ...(features.displayTime ? { displayTime: "timestamp" as const } : {}),
    content: "string",
    visibility,
    tags: repeated("string"),
    pinned: "bool",
    [features.files]: repeated({ message: attachment }),
    relations: repeated({ message: relation }),
    reactions: repeated({ message: reaction }),
    property: { message: message("Memo.Property", property) },
    parent: "string",
    snippet: "string",
    ...location,
  });
  const newMemo = message("CreateMemoRequest", {
    content: "string",
    visibility,
    ...(features.filesOnCreate ? { [features.files]: repeated({ message: attachment }) } : {}),
    ...location,
  });
  const memoRelated: Record<string, FieldType> = {
    ...(features.disallowPublicVisibility ? { disallowPublicVisibility: "bool" as const } : {}),
    ...(features.displayWithUpdateTime ? { displayWithUpdateTime: "bool" as const } : {}),
    ...(features.oldSettings ? oldSettings : {}),
    contentLengthLimit: "int32",
    enableDoubleClickEdit: "bool",
    reactions: repeated("string"),
  };
  return {
    memo,
    newMemo: features.numbered ? newMemo : memo,
    attachment,
    attachmentList: message("SetMemoAttachmentsRequest", {
      name: "string",
      [features.files]: repeated({ message: attachment }),
    }),
    relationList: message("SetMemoRelationsRequest", {
      name: "string",
      relations: repeated({ message: relation }),
    }),
    reactionRequest: message("UpsertMemoReactionRequest", {
      name: "string",
      reaction: { message: reaction },
    }),
    batchDelete: message("BatchDeleteAttachmentsRequest", { names: repeated("string") }),
    signIn: message("SignInRequest", {
      passwordCredentials: {
        message: message("SignInRequest.PasswordCredentials", { username: "string", password: "string" }),
      },
    }),
    user: message("User", {
      name: "string",
      role: { enum: ["ROLE_UNSPECIFIED", "HOST", "ADMIN", "USER"] },
      username: "string",
      email: "string",
      displayName: "string",
      avatarUrl: "string",
      description: "string",
      password: "string",
      ...(features.rowStatus ? { rowStatus } : { state }),
      createTime: "timestamp",
      updateTime: "timestamp",
    }),
    tokenRequest: message("CreatePersonalAccessTokenRequest", {
      parent: "string",
      description: "string",
      expiresInDays: "int32",
    }),
    oldUserSetting: message("UserSetting", {
      name: "string",
      locale: "string",
      appearance: "string",
      memoVisibility: "string",
    }),
    userSetting: message("UserSetting", {
      name: "string",
      generalSetting: {
        message: message("UserSetting.GeneralSetting", {
          locale: "string",
          memoVisibility: "string",
          theme: "string",
        }),
      },
    }),
    instanceSetting: message("InstanceSetting", {
      name: "string",
      memoRelatedSetting: { message: message("InstanceSetting.MemoRelatedSetting", memoRelated) },
      generalSetting: {
        message: message("InstanceSetting.GeneralSetting", {
          disallowUserRegistration: "bool",
          disallowPasswordAuth: "bool",
          additionalScript: "string",
          additionalStyle: "string",
          weekStartDayOffset: "int32",
          disallowChangeUsername: "bool",
          disallowChangeNickname: "bool",
        }),
      },
      storageSetting: {
        message: message("InstanceSetting.StorageSetting", {
          storageType: { enum: ["STORAGE_TYPE_UNSPECIFIED", "DATABASE", "LOCAL", "S3"] },
          filepathTemplate: "string",
          uploadSizeLimitMb: "int64",
        }),
      },
    }),
  };
}
