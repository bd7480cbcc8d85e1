/*
 * map_unmapped.c - the properties of an item that nobody read.
 *
 * Layer: core. "Nothing dropped silently": what is neither mapped nor mere machinery
 * is given by name, for the ledger to count. The table below is that machinery:
 * ids, sizes, flags, view and form state, copies kept for search and sorting,
 * routing of mail. It holds nothing that a person typed.
 */
#include <stdio.h>
#include <string.h>

#include "map.h"

static const uint16_t machinery[] = {
    /* identity and place in the store */
    PidTagMessageClass,
    PidTagEntryId,
    PidTagRecordKey,
    PidTagSearchKey,
    PidTagInstanceKey,
    PidTagParentEntryId,
    PidTagStoreEntryId,
    PidTagStoreRecordKey,
    PidTagMappingSignature,
    PidTagObjectType,
    PidTagStoreSupportMask,
    PidTagOriginalEntryId,
    PidTagOriginalSearchKey,
    PidTagLtpRowId,
    PidTagLtpRowVer,
    PidTagOriginalMessageClass,
    PidTagParentDisplay,
    PidTagStoreUnicodeMask,
    PidTagInternetMessageId,
    PidTagUrlComponentName,
    PidTagLongTermEntryIdFromTable,
    PidTagProviderItemId,
    PidTagProviderParentItemId,
    PidTagIconIndex,
    PidTagInternetArticleNumber,
    PidTagCreatorName,
    PidTagCreatorEntryId,
    PidTagCreatorSid,
    PidTagLastModifierSid,
    PidTagLastModifierName,
    PidTagLastModifierEntryId,
    PidTagReceivedBySmtpAddress,
    PidTagReceivedRepresentingSmtpAddress,
    /* state and size */
    PidTagMessageFlags,
    PidTagMessageSize,
    PidTagMessageStatus,
    PidTagHasAttachments,
    PidTagAccess,
    PidTagAccessLevel,
    PidTagRead,
    PidTagReadReceiptRequested,
    PidTagOriginatorDeliveryReportRequested,
    PidTagDeleteAfterSubmit,
    PidTagPriority,
    PidTagAlternateRecipientAllowed,
    PidTagReplyRequested,
    PidTagResponseRequested,
    PidTagSubmitFlags,
    PidTagImapCachedMsgsize,
    PidTagInConflict,
    PidTagConflictItems,
    PidTagMessageToMe,
    PidTagMessageCcMe,
    PidTagMessageRecipientMe,
    PidTagRecipientReassignmentProhibited,
    PidTagImplicitConversionProhibited,
    PidTagProcessed,
    PidTagNonReceiptNotificationRequested,
    PidTagOriginatorNonDeliveryReportRequested,
    /* text: how it is coded, and copies of it */
    PidTagMessageCodepage,
    PidTagInternetCodepage,
    PidTagMessageLocaleId,
    PidTagRtfSyncBodyCrc,
    PidTagRtfSyncBodyCount,
    PidTagRtfSyncBodyTag,
    PidTagRtfSyncPrefixCount,
    PidTagRtfSyncTrailingCount,
    PidTagMessageEditorFormat,
    PidTagConversationIndex,
    PidTagConversationTopic,
    PidTagBodyContentLocation,
    PidTagSubjectPrefix,
    PidTagTransmittableDisplayName,
    PidTagBodyCrc,
    PidTagOriginalSubject,
    PidTagInternetMailOverrideFormat,
    PidTagTnefCorrelationKey,
    /* mail routing */
    PidTagMessageDeliveryTime,
    PidTagClientSubmitTime,
    PidTagDisplayTo,
    PidTagDisplayCc,
    PidTagDisplayBcc,
    PidTagOriginalDisplayTo,
    PidTagOriginalDisplayCc,
    PidTagOriginalDisplayBcc,
    PidTagTransportMessageHeaders,
    PidTagReceivedByEntryId,
    PidTagReceivedByName,
    PidTagReceivedByAddressType,
    PidTagReceivedByEmailAddress,
    PidTagReceivedBySearchKey,
    PidTagReceivedRepresentingEntryId,
    PidTagReceivedRepresentingName,
    PidTagReceivedRepresentingAddressType,
    PidTagReceivedRepresentingEmailAddress,
    PidTagReceivedRepresentingSearchKey,
    PidTagSenderEntryId,
    PidTagSenderSearchKey,
    PidTagSenderSid,
    PidTagSenderName,
    PidTagSenderAddressType,
    PidTagSenderEmailAddress,
    PidTagSenderSmtpAddress,
    PidTagSentRepresentingEntryId,
    PidTagSentRepresentingSearchKey,
    PidTagSentRepresentingSid,
    PidTagSentRepresentingName,
    PidTagSentRepresentingAddressType,
    PidTagSentRepresentingEmailAddress,
    PidTagSentRepresentingSmtpAddress,
    PidTagReceivedBySid,
    PidTagReceivedRepresentingSid,
    PidTagMessageSubmissionId,
    PidTagSentMailEntryId,
    PidTagProviderSubmitTime,
    PidTagReplyRecipientEntries,
    PidTagReplyRecipientNames,
    PidTagOriginalSenderName,
    PidTagOriginalSenderEntryId,
    PidTagOriginalSenderSearchKey,
    PidTagOriginalSenderAddressType,
    PidTagOriginalSenderEmailAddress,
    PidTagOriginalSentRepresentingName,
    PidTagOriginalSentRepresentingEntryId,
    PidTagOriginalSentRepresentingSearchKey,
    PidTagOriginalSentRepresentingAddressType,
    PidTagOriginalSentRepresentingEmailAddress,
    PidTagOriginalSubmitTime,
    PidTagOriginalSensitivity,
    PidTagPrimarySendAccount,
    PidTagNextSendAcct,
    PidTagToDoItemFlags,
    PidTagSwappedToDoStore,
    PidTagSwappedToDoData,
    PidTagSendInternetEncoding,
    PidTagSendRichInfo,
    PidTagContactAddressTypes,
    /* forms, views, reminders and automatic processing */
    PidLidAgingDontAgeMe,
    PidLidFormStorage,
    PidLidSideEffects,
    PidLidPageDirStream,
    PidLidSmartNoAttach,
    PidLidFormPropStream,
    PidLidPropertyDefinitionStream,
    PidLidScriptStream,
    PidLidVerbStream,
    PidLidVerbResponse,
    PidLidReminderOverride,
    PidLidReminderPlaySound,
    PidLidReminderFileParameter,
    PidLidReminderSignalTime,
    PidLidCurrentVersion,
    PidLidCurrentVersionName,
    PidLidImapDeleted,
    PidLidHeaderItem,
    PidLidInternetAccountName,
    PidLidInternetAccountStamp,
    PidLidUseTnef,
    PidLidFShouldTNEF,
    PidLidContactLinkSearchKey,
    PidLidContactLinkEntry,
    PidLidContactLinkName,
    PidLidOfflineStatus,
    PidLidValidFlagStringProof,
    PidLidReferenceEntryId,
    PidLidAutoProcessState,
    PidLidTaskMode,
    PidLidToDoOrdinalDate,
    PidLidToDoSubOrdinal,
    PidLidToDoTitle,
    PidLidImageAttachmentsCompressionLevel,
    PidLidSpamOriginalFolder,
    PidLidCommonStart,
    PidLidCommonEnd,
    PidLidNonSendToTrackStatus,
    PidLidNonSendCcTrackStatus,
    PidLidNonSendableBccTrackStatus,
    /* appointments: copies and bookkeeping */
    PidLidAppointmentSequenceTime,
    PidLidAppointmentLastSequence,
    PidLidChangeHighlight,
    PidLidAppointmentAuxiliaryFlags,
    PidLidForwardInstance,
    PidLidFInvited,
    PidLidFExceptionalBody,
    PidLidFExceptionalAttendees,
    PidLidClipStart,
    PidLidClipEnd,
    PidLidOriginalStoreEntryId,
    PidLidAutoFillLocation,
    PidLidRecurrenceType,
    PidLidRecurrencePattern,
    PidLidTimeZoneDescription,
    PidLidTimeZone,
    PidLidWhere,
    PidLidIsSilent,
    PidLidIsRecurring,
    PidLidIsException,
    PidLidMeetingType,
    PidLidAppointmentMessageClass,
    PidLidOldLocation,
    PidLidOldWhenStartWhole,
    PidLidOldWhenEndWhole,
    PidLidAttendeeCriticalChange,
    PidLidCalendarType,
    PidLidLinkedTaskItems,
    PidLidAppointmentReplyName,
    PidLidSendMeetingAsIcal,
    PidLidAppointmentProposalNumber,
    PidLidAppointmentCounterProposal,
    PidLidGlobalObjectId,
    PidLidCleanGlobalObjectId,
    PidLidTimeZoneStruct,
    PidLidAppointmentTimeZoneDefinitionStartDisplay,
    PidLidAppointmentTimeZoneDefinitionEndDisplay,
    PidLidAppointmentTimeZoneDefinitionRecur,
    PidLidReminderTime,
    PidLidReminderDelta,
    /* contacts: rules for making what is mapped */
    PidLidFileUnderId,
    PidLidFileUnderList,
    PidLidContactItemData,
    PidLidContactCharacterSet,
    PidLidAutoLog,
    PidLidAddressBookProviderEmailList,
    PidLidAddressBookProviderArrayType,
    PidLidBusinessCardDisplayDefinition,
    PidLidBusinessCardCardPicture,
    PidLidBirthdayEventEntryId,
    PidLidAnniversaryEventEntryId,
    /* tasks, journal, notes: bookkeeping and window places */
    PidLidTaskResetReminder,
    PidLidTaskAccepted,
    PidLidTaskVersion,
    PidLidTaskState,
    PidLidTaskLastUpdate,
    PidLidTaskAssigners,
    PidLidTaskStatusOnComplete,
    PidLidTaskHistory,
    PidLidTaskUpdates,
    PidLidTaskFCreator,
    PidLidTaskMultipleRecipients,
    PidLidTaskLastUser,
    PidLidTaskOrdinal,
    PidLidTaskLastDelegate,
    PidLidTaskFRecurring,
    PidLidTaskOwnership,
    PidLidTaskAcceptanceState,
    PidLidTaskFFixOffline,
    PidLidLogFlags,
    PidLidLogDocumentPrinted,
    PidLidLogDocumentSaved,
    PidLidLogDocumentRouted,
    PidLidLogDocumentPosted,
    PidLidNoteWidth,
    PidLidNoteHeight,
    PidLidNoteX,
    PidLidNoteY,
};

/* Named in words for people: "PSETID_Appointment/0x8250", "PS_PUBLIC_STRINGS/Name", "0x6001". */
static const char *name_of(const struct pl_prop *p, char buf[256])
{
    char guid[39];
    if (p->pid != PID_NONE)
        return pl_pid_name((enum pl_pid)p->pid);
    if (p->name && p->name->text)
        snprintf(buf, 256, "%s/%.180s", pl_guid_text(&p->name->set, guid), p->name->text);
    else if (p->name)
        snprintf(buf, 256, "%s/0x%04X", pl_guid_text(&p->name->set, guid), p->name->lid);
    else
        snprintf(buf, 256, "0x%04X", pl_prop_id(p));
    return buf;
}

/* Empty values say nothing: "", FALSE, 0 and zero-length binaries. */
static bool says_nothing(const struct pl_prop *p)
{
    enum pl_type type = pl_prop_type(p);
    if (p->stream.size)
        return false;
    if (!p->count)
        return true;
    if (type & PT_MULTI)
        return false;
    if (type == PT_UNICODE || type == PT_STRING8)
        return !p->values->as.text[0];
    if (type == PT_BINARY || type == PT_OBJECT)
        return p->values->raw.size == 0;
    if (type == PT_DOUBLE || type == PT_FLOAT)
        return !(p->values->as.real < 0 || p->values->as.real > 0);
    return type != PT_CLSID && p->values->as.integer == 0;
}

size_t pl_map_unmapped(const struct pl_record *record, void (*found)(void *data, const char *name), void *data)
{
    uint8_t known[PID_COUNT];
    size_t count = 0;
    if (!record->item || !record->used)
        return 0;
    memcpy(known, record->used, sizeof known);
    for (size_t i = 0; i < sizeof machinery / sizeof machinery[0]; i++)
        known[machinery[i]] = 1;
    known[PID_NONE] = 0;
    const struct pl_bag *bag = &record->item->props;
    for (size_t i = 0; i < bag->count; i++) {
        const struct pl_prop *p = &bag->props[i];
        char buf[256];
        /* 0x67F0-0x67FF: the store's own, never a property of the item */
        if (known[p->pid] || says_nothing(p) || (pl_prop_id(p) & 0xfff0) == 0x67f0)
            continue;
        count++;
        if (found)
            found(data, name_of(p, buf));
    }
    return count;
}
