/*
 * map_unmapped.c - the properties of an item that nobody read.
 *
 * Layer: core. "Nothing dropped silently": what is neither mapped nor mere machinery
 * is given by name, for the ledger to count. The table below is that machinery:
 * ids, sizes, flags, view and form state, copies kept for search and sorting,
 * routing of mail. It holds nothing that a person typed.
 */
#include <stdio.h>

#include "map.h"

static const bool machinery[PID_COUNT] = {
    /* identity and place in the store */
    [PidTagMessageClass] = true,
    [PidTagEntryId] = true,
    [PidTagRecordKey] = true,
    [PidTagSearchKey] = true,
    [PidTagInstanceKey] = true,
    [PidTagParentEntryId] = true,
    [PidTagStoreEntryId] = true,
    [PidTagStoreRecordKey] = true,
    [PidTagMappingSignature] = true,
    [PidTagObjectType] = true,
    [PidTagStoreSupportMask] = true,
    [PidTagOriginalEntryId] = true,
    [PidTagOriginalSearchKey] = true,
    [PidTagLtpRowId] = true,
    [PidTagLtpRowVer] = true,
    [PidTagOriginalMessageClass] = true,
    [PidTagParentDisplay] = true,
    [PidTagStoreUnicodeMask] = true,
    [PidTagInternetMessageId] = true,
    [PidTagUrlComponentName] = true,
    [PidTagLongTermEntryIdFromTable] = true,
    [PidTagProviderItemId] = true,
    [PidTagProviderParentItemId] = true,
    [PidTagIconIndex] = true,
    [PidTagInternetArticleNumber] = true,
    [PidTagCreatorName] = true,
    [PidTagCreatorEntryId] = true,
    [PidTagCreatorSid] = true,
    [PidTagLastModifierSid] = true,
    [PidTagLastModifierName] = true,
    [PidTagLastModifierEntryId] = true,
    [PidTagReceivedBySmtpAddress] = true,
    [PidTagReceivedRepresentingSmtpAddress] = true,
    /* state and size */
    [PidTagMessageFlags] = true,
    [PidTagMessageSize] = true,
    [PidTagMessageStatus] = true,
    [PidTagHasAttachments] = true,
    [PidTagAccess] = true,
    [PidTagAccessLevel] = true,
    [PidTagRead] = true,
    [PidTagReadReceiptRequested] = true,
    [PidTagOriginatorDeliveryReportRequested] = true,
    [PidTagDeleteAfterSubmit] = true,
    [PidTagPriority] = true,
    [PidTagAlternateRecipientAllowed] = true,
    [PidTagReplyRequested] = true,
    [PidTagResponseRequested] = true,
    [PidTagSubmitFlags] = true,
    [PidTagImapCachedMsgsize] = true,
    [PidTagInConflict] = true,
    [PidTagConflictItems] = true,
    [PidTagMessageToMe] = true,
    [PidTagMessageCcMe] = true,
    [PidTagMessageRecipientMe] = true,
    [PidTagRecipientReassignmentProhibited] = true,
    [PidTagImplicitConversionProhibited] = true,
    [PidTagProcessed] = true,
    [PidTagNonReceiptNotificationRequested] = true,
    [PidTagOriginatorNonDeliveryReportRequested] = true,
    /* text: how it is coded, and copies of it */
    [PidTagMessageCodepage] = true,
    [PidTagInternetCodepage] = true,
    [PidTagMessageLocaleId] = true,
    [PidTagRtfSyncBodyCrc] = true,
    [PidTagRtfSyncBodyCount] = true,
    [PidTagRtfSyncBodyTag] = true,
    [PidTagRtfSyncPrefixCount] = true,
    [PidTagRtfSyncTrailingCount] = true,
    [PidTagMessageEditorFormat] = true,
    [PidTagConversationIndex] = true,
    [PidTagConversationTopic] = true,
    [PidTagBodyContentLocation] = true,
    [PidTagSubjectPrefix] = true,
    [PidTagTransmittableDisplayName] = true,
    [PidTagBodyCrc] = true,
    [PidTagOriginalSubject] = true,
    [PidTagInternetMailOverrideFormat] = true,
    [PidTagTnefCorrelationKey] = true,
    /* mail routing */
    [PidTagMessageDeliveryTime] = true,
    [PidTagClientSubmitTime] = true,
    [PidTagDisplayTo] = true,
    [PidTagDisplayCc] = true,
    [PidTagDisplayBcc] = true,
    [PidTagOriginalDisplayTo] = true,
    [PidTagOriginalDisplayCc] = true,
    [PidTagOriginalDisplayBcc] = true,
    [PidTagTransportMessageHeaders] = true,
    [PidTagReceivedByEntryId] = true,
    [PidTagReceivedByName] = true,
    [PidTagReceivedByAddressType] = true,
    [PidTagReceivedByEmailAddress] = true,
    [PidTagReceivedBySearchKey] = true,
    [PidTagReceivedRepresentingEntryId] = true,
    [PidTagReceivedRepresentingName] = true,
    [PidTagReceivedRepresentingAddressType] = true,
    [PidTagReceivedRepresentingEmailAddress] = true,
    [PidTagReceivedRepresentingSearchKey] = true,
    [PidTagSenderEntryId] = true,
    [PidTagSenderSearchKey] = true,
    [PidTagSenderSid] = true,
    [PidTagSenderName] = true,
    [PidTagSenderAddressType] = true,
    [PidTagSenderEmailAddress] = true,
    [PidTagSenderSmtpAddress] = true,
    [PidTagSentRepresentingEntryId] = true,
    [PidTagSentRepresentingSearchKey] = true,
    [PidTagSentRepresentingSid] = true,
    [PidTagSentRepresentingName] = true,
    [PidTagSentRepresentingAddressType] = true,
    [PidTagSentRepresentingEmailAddress] = true,
    [PidTagSentRepresentingSmtpAddress] = true,
    [PidTagReceivedBySid] = true,
    [PidTagReceivedRepresentingSid] = true,
    [PidTagMessageSubmissionId] = true,
    [PidTagSentMailEntryId] = true,
    [PidTagProviderSubmitTime] = true,
    [PidTagReplyRecipientEntries] = true,
    [PidTagReplyRecipientNames] = true,
    [PidTagOriginalSenderName] = true,
    [PidTagOriginalSenderEntryId] = true,
    [PidTagOriginalSenderSearchKey] = true,
    [PidTagOriginalSenderAddressType] = true,
    [PidTagOriginalSenderEmailAddress] = true,
    [PidTagOriginalSentRepresentingName] = true,
    [PidTagOriginalSentRepresentingEntryId] = true,
    [PidTagOriginalSentRepresentingSearchKey] = true,
    [PidTagOriginalSentRepresentingAddressType] = true,
    [PidTagOriginalSentRepresentingEmailAddress] = true,
    [PidTagOriginalSubmitTime] = true,
    [PidTagOriginalSensitivity] = true,
    [PidTagPrimarySendAccount] = true,
    [PidTagNextSendAcct] = true,
    [PidTagToDoItemFlags] = true,
    [PidTagSwappedToDoStore] = true,
    [PidTagSwappedToDoData] = true,
    [PidTagSendInternetEncoding] = true,
    [PidTagSendRichInfo] = true,
    [PidTagContactAddressTypes] = true,
    /* forms, views, reminders and automatic processing */
    [PidLidAgingDontAgeMe] = true,
    [PidLidFormStorage] = true,
    [PidLidSideEffects] = true,
    [PidLidPageDirStream] = true,
    [PidLidSmartNoAttach] = true,
    [PidLidFormPropStream] = true,
    [PidLidPropertyDefinitionStream] = true,
    [PidLidScriptStream] = true,
    [PidLidVerbStream] = true,
    [PidLidVerbResponse] = true,
    [PidLidReminderOverride] = true,
    [PidLidReminderPlaySound] = true,
    [PidLidReminderFileParameter] = true,
    [PidLidReminderSignalTime] = true,
    [PidLidCurrentVersion] = true,
    [PidLidCurrentVersionName] = true,
    [PidLidImapDeleted] = true,
    [PidLidHeaderItem] = true,
    [PidLidInternetAccountName] = true,
    [PidLidInternetAccountStamp] = true,
    [PidLidUseTnef] = true,
    [PidLidFShouldTNEF] = true,
    [PidLidContactLinkSearchKey] = true,
    [PidLidContactLinkEntry] = true,
    [PidLidContactLinkName] = true,
    [PidLidOfflineStatus] = true,
    [PidLidValidFlagStringProof] = true,
    [PidLidReferenceEntryId] = true,
    [PidLidAutoProcessState] = true,
    [PidLidTaskMode] = true,
    [PidLidToDoOrdinalDate] = true,
    [PidLidToDoSubOrdinal] = true,
    [PidLidToDoTitle] = true,
    [PidLidImageAttachmentsCompressionLevel] = true,
    [PidLidSpamOriginalFolder] = true,
    [PidLidCommonStart] = true,
    [PidLidCommonEnd] = true,
    [PidLidNonSendToTrackStatus] = true,
    [PidLidNonSendCcTrackStatus] = true,
    [PidLidNonSendableBccTrackStatus] = true,
    /* appointments: copies and bookkeeping */
    [PidLidAppointmentSequenceTime] = true,
    [PidLidAppointmentLastSequence] = true,
    [PidLidChangeHighlight] = true,
    [PidLidAppointmentAuxiliaryFlags] = true,
    [PidLidForwardInstance] = true,
    [PidLidFInvited] = true,
    [PidLidFExceptionalBody] = true,
    [PidLidFExceptionalAttendees] = true,
    [PidLidClipStart] = true,
    [PidLidClipEnd] = true,
    [PidLidOriginalStoreEntryId] = true,
    [PidLidAutoFillLocation] = true,
    [PidLidRecurrenceType] = true,
    [PidLidRecurrencePattern] = true,
    [PidLidTimeZoneDescription] = true,
    [PidLidTimeZone] = true,
    [PidLidWhere] = true,
    [PidLidIsSilent] = true,
    [PidLidIsRecurring] = true,
    [PidLidIsException] = true,
    [PidLidMeetingType] = true,
    [PidLidAppointmentMessageClass] = true,
    [PidLidOldLocation] = true,
    [PidLidOldWhenStartWhole] = true,
    [PidLidOldWhenEndWhole] = true,
    [PidLidAttendeeCriticalChange] = true,
    [PidLidCalendarType] = true,
    [PidLidLinkedTaskItems] = true,
    [PidLidAppointmentReplyName] = true,
    [PidLidSendMeetingAsIcal] = true,
    [PidLidAppointmentProposalNumber] = true,
    [PidLidAppointmentCounterProposal] = true,
    [PidLidGlobalObjectId] = true,
    [PidLidCleanGlobalObjectId] = true,
    [PidLidTimeZoneStruct] = true,
    [PidLidAppointmentTimeZoneDefinitionStartDisplay] = true,
    [PidLidAppointmentTimeZoneDefinitionEndDisplay] = true,
    [PidLidAppointmentTimeZoneDefinitionRecur] = true,
    [PidLidReminderTime] = true,
    [PidLidReminderDelta] = true,
    /* contacts: rules for making what is mapped */
    [PidLidFileUnderId] = true,
    [PidLidFileUnderList] = true,
    [PidLidContactItemData] = true,
    [PidLidContactCharacterSet] = true,
    [PidLidAutoLog] = true,
    [PidLidAddressBookProviderEmailList] = true,
    [PidLidAddressBookProviderArrayType] = true,
    [PidLidBusinessCardDisplayDefinition] = true,
    [PidLidBusinessCardCardPicture] = true,
    [PidLidBirthdayEventEntryId] = true,
    [PidLidAnniversaryEventEntryId] = true,
    /* tasks, journal, notes: bookkeeping and window places */
    [PidLidTaskResetReminder] = true,
    [PidLidTaskAccepted] = true,
    [PidLidTaskVersion] = true,
    [PidLidTaskState] = true,
    [PidLidTaskLastUpdate] = true,
    [PidLidTaskAssigners] = true,
    [PidLidTaskStatusOnComplete] = true,
    [PidLidTaskHistory] = true,
    [PidLidTaskUpdates] = true,
    [PidLidTaskFCreator] = true,
    [PidLidTaskMultipleRecipients] = true,
    [PidLidTaskLastUser] = true,
    [PidLidTaskOrdinal] = true,
    [PidLidTaskLastDelegate] = true,
    [PidLidTaskFRecurring] = true,
    [PidLidTaskOwnership] = true,
    [PidLidTaskAcceptanceState] = true,
    [PidLidTaskFFixOffline] = true,
    [PidLidLogFlags] = true,
    [PidLidLogDocumentPrinted] = true,
    [PidLidLogDocumentSaved] = true,
    [PidLidLogDocumentRouted] = true,
    [PidLidLogDocumentPosted] = true,
    [PidLidNoteWidth] = true,
    [PidLidNoteHeight] = true,
    [PidLidNoteX] = true,
    [PidLidNoteY] = true,
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
    size_t count = 0;
    if (!record->item || !record->used)
        return 0;
    const struct pl_bag *bag = &record->item->props;
    for (size_t i = 0; i < bag->count; i++) {
        const struct pl_prop *p = &bag->props[i];
        char buf[256];
        bool known = p->pid != PID_NONE && (record->used[p->pid] || machinery[p->pid]);
        /* 0x67F0-0x67FF: the store's own, never a property of the item */
        if (known || says_nothing(p) || (pl_prop_id(p) & 0xfff0) == 0x67f0)
            continue;
        count++;
        if (found)
            found(data, name_of(p, buf));
    }
    return count;
}
