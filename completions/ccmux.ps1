# To install: ccmux completion powershell >> $PROFILE

Register-ArgumentCompleter -Native -CommandName ccmux -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # Windows PowerShell does not pass an empty argument on, so a new word is told by an option.
    $request = @('complete')
    if ($wordToComplete -eq '') { $request += '--new-word' }
    $request += '--'
    $request += $words
    & ccmux @request 2>$null | ForEach-Object {
        $value, $description = $_ -split "`t", 2
        if ($value -eq ':files') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete)
        } elseif ($value) {
            if (-not $description) { $description = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
        }
    }
}
