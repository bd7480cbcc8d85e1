<#
Sets the folder permissions of a table that `pimlift shares DIR --target exchange` printed. Nobody has to share again.

    pimlift shares out --target exchange > sharing.csv
    ./exchange-sharing.ps1 -Path sharing.csv -WhatIf      # shows what would change
    ./exchange-sharing.ps1 -Path sharing.csv

It sets what a row says and adds nothing to it, so it can run again. Rows without a mailbox or a user are
passed over and named. Rights of people who are not in the table stay as they are.
Not run against a server by the project: try it with one mailbox first.
#>
[CmdletBinding(SupportsShouldProcess)]
param([Parameter(Mandatory)][string] $Path)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

function Get-Cell($Row, [string] $Name) {
    ([string] $Row.$Name) -replace "(^|;)'", '$1'
}

$roles = @{ calendar = 'Calendar'; contacts = 'Contacts'; tasks = 'Tasks'; journal = 'Journal'; notes = 'Notes'; mail = 'Inbox' }
$editor = 'ReadItems', 'CreateItems', 'EditAllItems', 'EditOwnedItems', 'DeleteAllItems', 'DeleteOwnedItems', 'FolderVisible'
$folders = @{}

foreach ($row in Import-Csv -LiteralPath $Path -Encoding UTF8) {
    $mailbox = Get-Cell $row 'Mailbox'
    $folder = Get-Cell $row 'Folder'
    $user = Get-Cell $row 'User'
    if (-not $mailbox -or -not $user) {
        Write-Warning "passed over: a grant on '$folder', because its mailbox or its user has no address, or the folder no place of its own there"
        continue
    }
    # Folders are looked up once for each mailbox: their names depend on its language.
    if (-not $folders.ContainsKey($mailbox)) {
        $folders[$mailbox] = @(Get-MailboxFolderStatistics -Identity $mailbox)
    }
    # What is the calendar of the mailbox there goes by its type; any other folder by its path alone, for
    # rights on another folder would be rights that nobody gave.
    $wanted = '/' + $folder
    $type = $roles[(Get-Cell $row 'Role')]
    if ((Get-Cell $row 'Default') -eq 'yes' -and $type) {
        $found = @($folders[$mailbox] | Where-Object { $_.FolderType -eq $type })
    } else {
        # -eq would take no notice of case, nor of characters that nobody sees
        $found = @($folders[$mailbox] | Where-Object { [string]::Equals([string] $_.FolderPath, $wanted, 'Ordinal') -and $roles.Values -notcontains $_.FolderType })
    }
    if ($found.Count -ne 1) {
        Write-Warning "passed over: no folder '$folder' in $mailbox"
        continue
    }
    $identity = '{0}:{1}' -f $mailbox, $found[0].FolderId
    $rights = (Get-Cell $row 'AccessRights') -split ';'
    $arguments = @{ Identity = $identity; User = $user; AccessRights = $rights }
    $flags = Get-Cell $row 'SharingPermissionFlags'
    # Only an editor of a calendar can be a delegate who sees private items.
    $isEditor = -not (Compare-Object $editor @($rights | Where-Object { $_ -ne 'FolderContact' }))
    if ($isEditor -and (Get-Cell $row 'Role') -eq 'calendar' -and ($flags -or $rights -notcontains 'FolderContact')) {
        $arguments['AccessRights'] = 'Editor'
        # None, so that nobody stays a delegate who is none in the table
        $arguments['SharingPermissionFlags'] = if ($flags) { @('Delegate') + ($flags -split ';') } else { 'None' }
    }
    if (-not $PSCmdlet.ShouldProcess("$mailbox, $folder", "$user gets $($rights -join ', ')")) { continue }
    if (Get-MailboxFolderPermission -Identity $identity -User $user -ErrorAction SilentlyContinue) {
        Set-MailboxFolderPermission @arguments
    } else {
        Add-MailboxFolderPermission @arguments
    }
}
