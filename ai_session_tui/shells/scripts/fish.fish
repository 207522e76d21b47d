# ai-session: exact command marks for fish >= 3.4. Sourced by --init-command, after the user's config.fish.

set -g __ai_session_folder $AI_SESSION_SHELL_FOLDER
set -e AI_SESSION_SHELL_FOLDER
builtin read -g __ai_session_nonce <$__ai_session_folder/nonce
builtin echo -n >$__ai_session_folder/nonce
set -g __ai_session_pending ''
set -g __ai_session_id ''
set -g __ai_session_running 0

function __ai_session_mark --argument-names kind fields
    builtin printf '\e]133;%s;n=%s%s\e\\' $kind $__ai_session_nonce $fields >/dev/tty
end

function __ai_session_moved --on-variable PWD
    set -g __ai_session_cwd (builtin string escape --style=url -- $PWD)
end
__ai_session_moved

# The editor starts: said before the prompt is drawn, but the terminal is the editor's already.
function __ai_session_prompt --on-event fish_prompt
    set -l code $status
    # An exec that never ran: nothing but blanks and comments.
    if builtin test -n "$__ai_session_pending"
        __ai_session_mark D ";code=$code;x=$__ai_session_pending;cwd=$__ai_session_cwd"
        set -g __ai_session_pending ''
    end
    set -g __ai_session_running 0
    __ai_session_mark A ''
    __ai_session_mark B ''
end

function __ai_session_preexec --on-event fish_preexec
    set -l text
    if builtin test -n "$__ai_session_pending"
        set text ";x=$__ai_session_pending"
    else if builtin test (builtin string length -- "$argv[1]") -le 16384
        set text ";cmd="(builtin string escape --style=url -- $argv[1])
    end
    set -g __ai_session_running 1
    __ai_session_mark C ";pad=1;cwd=$__ai_session_cwd$text"
end

function __ai_session_postexec --on-event fish_postexec
    set -l code $status
    set -l id
    if builtin test -n "$__ai_session_pending"
        set id ";x=$__ai_session_pending"
    end
    set -g __ai_session_pending ''
    __ai_session_mark D ";code=$code;cwd=$__ai_session_cwd$id"
end

# The trigger key: run the text of the exec file, unless a line has been begun.
function __ai_session_exec
    set -l id
    set -l text
    begin
        builtin read -L id
        builtin read -z text
    end <$__ai_session_folder/exec
    set -l why
    if builtin test $__ai_session_running -eq 1
        set why running
    else if builtin test -n "$(builtin commandline)"
        set why line
    else if builtin test -z "$id" -o "$id" = "$__ai_session_id"
        set why repeated
    end
    if builtin test -n "$why"
        __ai_session_mark R ";x=$id;why=$why"
        return
    end
    if builtin test (builtin string length -- "$text") -gt 32768
        set -g __ai_session_text $text
        builtin commandline --replace -- 'eval $__ai_session_text'
    else
        # Behind the blank no abbreviation stands at the cursor, which `execute` would expand.
        builtin commandline --replace -- "$text "
        builtin commandline --is-valid
        switch $status
            case 2
                builtin commandline --replace -- ''
                __ai_session_mark R ";x=$id;why=incomplete"
                return
            case 1
                # The editor would keep a line that fish cannot parse; so it reports the error as a command does.
                if builtin string match -qr '\S' -- "$text"
                    builtin commandline --replace -- "eval "(builtin string escape -- $text)
                end
        end
    end
    __ai_session_mark K ";x=$id"
    set -g __ai_session_id $id
    set -g __ai_session_pending $id
    builtin commandline -f execute
end

# The probe key.
function __ai_session_probe
    if builtin test -z "$(builtin commandline)"
        __ai_session_mark A ''
        __ai_session_mark B ''
    end
end

for mode in default insert visual replace replace_one
    bind -M $mode \c]\c^\c_ __ai_session_exec
    bind -M $mode \c]\c^\c^ __ai_session_probe
end
