# To install: ccmux completion fish > ~/.config/fish/completions/ccmux.fish

function __ccmux_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command ccmux complete -- $words[2..-1] 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path (commandline -ct)
        else
            echo $line
        end
    end
end

complete -c ccmux -f -a '(__ccmux_complete)'
