# ai-session: exact command marks for bash >= 4.4. Read once at start; the user's own files are never changed.
# Names begin with __ai_session_. Functions are defined before any rc file runs, so no alias can get into them.

# Started by --rcfile, or as $ENV of `bash --posix` (the only way into a login shell, or past --norc).
if \builtin test -n "${AI_SESSION_SHELL_POSIX-}"; then
    \builtin set +o posix
    \builtin shopt -u inherit_errexit 2>/dev/null
    \builtin unset ENV
    if \builtin test -n "${AI_SESSION_SHELL_ENV+x}"; then \builtin export ENV="$AI_SESSION_SHELL_ENV"; fi
    if \builtin test "${HISTFILE-}" = ~/.sh_history; then HISTFILE=~/.bash_history; fi
fi
__ai_session_folder=$AI_SESSION_SHELL_FOLDER
__ai_session_start=$AI_SESSION_SHELL_START
\builtin unset AI_SESSION_SHELL_FOLDER AI_SESSION_SHELL_START AI_SESSION_SHELL_ENV AI_SESSION_SHELL_POSIX
IFS= \builtin read -r __ai_session_nonce <"$__ai_session_folder/nonce"
: >|"$__ai_session_folder/nonce"
\builtin declare +x __ai_session_nonce __ai_session_folder

# Leave $1 percent-encoded in __ai_session_r: control characters, % and ; (the rest is safe inside an OSC).
__ai_session_encode() {
    \builtin local LC_ALL=C i
    __ai_session_r=${1//\%/%25}
    __ai_session_r=${__ai_session_r//;/%3B}
    case $__ai_session_r in
        *[[:cntrl:]]*)
            for ((i = 1; i < 33; i++)); do
                __ai_session_r=${__ai_session_r//"${__ai_session_raw[i]}"/"${__ai_session_hex[i]}"}
            done
            ;;
    esac
}

__ai_session_tables() {
    \builtin local i
    __ai_session_raw=() __ai_session_hex=()
    for i in {1..31} 127; do
        \builtin printf -v "__ai_session_hex[${#__ai_session_raw[@]}+1]" '%%%02X' "$i"
        \builtin printf -v "__ai_session_raw[${#__ai_session_raw[@]}+1]" "\\x${__ai_session_hex[${#__ai_session_raw[@]}+1]#%}"
    done
}

# First thing after a command: say how it ended. Keeps $?.
__ai_session_prompt() {
    \builtin local code="$1"
    if [[ ${__ai_session_hist+x} ]]; then
        if [[ $__ai_session_hist ]]; then histchars=$__ai_session_hist; else \builtin unset histchars; fi
        \builtin unset __ai_session_hist
    fi
    if [[ $__ai_session_cwd_raw != "$PWD" ]]; then
        __ai_session_cwd_raw=$PWD
        __ai_session_encode "$PWD"
        __ai_session_cwd=$__ai_session_r
    fi
    if ((__ai_session_ran || __ai_session_i)); then
        \builtin printf '\e]133;D;n=%s;code=%s;cwd=%s%s\e\\' "$__ai_session_nonce" "$code" "$__ai_session_cwd" \
            "${__ai_session_x[__ai_session_i]}"
    elif [[ $code != "$__ai_session_code" || $code == 2 ]]; then
        # No PS0, yet an exit code: a syntax error or Ctrl-C at the prompt. The line's echo tells which.
        \builtin printf '\e]133;D;n=%s;code=%s;cwd=%s;idle=1\e\\' "$__ai_session_nonce" "$code" "$__ai_session_cwd"
    fi
    __ai_session_code=$code __ai_session_ran=0 __ai_session_i=0
    __ai_session_history=0
    if [[ -o history ]]; then __ai_session_history=1; fi
    __ai_session_edits=0
    if [[ -o emacs || -o vi ]]; then __ai_session_edits=1; fi
}

# Last thing before the prompt: put the marks back around whatever a theme made of the prompts.
__ai_session_wrap() {
    \builtin local p="$__ai_session_ps1" b="$__ai_session_ps1_end"
    case ${PS1-} in
        "$p"*"$b") ;;
        *)
            PS1=${PS1-}
            PS1=${PS1//"$p"/}
            PS1=$p${PS1//"$b"/}$b
            ;;
    esac
    case ${PS2-} in
        "$__ai_session_ps2"*) ;;
        *) PS2=$__ai_session_ps2${PS2-} ;;
    esac
    case ${PS0-} in
        *"$__ai_session_ps0") ;;
        *)
            PS0=${PS0-}
            PS0=${PS0//"$__ai_session_ps0"/}$__ai_session_ps0
            ;;
    esac
    __ai_session_hook
}

# Keep our two entries first and last in PROMPT_COMMAND, as an array where bash (>= 5.1) runs arrays.
__ai_session_hook() {
    \builtin local first="$__ai_session_first" last="$__ai_session_last" entry kept
    kept=()
    if ((BASH_VERSINFO[0] * 100 + BASH_VERSINFO[1] >= 501)); then
        if [[ ${PROMPT_COMMAND[0]-} == "$first" && ${PROMPT_COMMAND[*]: -1} == "$last" ]]; then
            \builtin return 0
        fi
        for entry in ${PROMPT_COMMAND[@]+"${PROMPT_COMMAND[@]}"}; do
            entry=${entry//"$first"/:}
            entry=${entry//"$last"/:}
            if [[ $entry != : && $entry ]]; then kept+=("$entry"); fi
        done
        PROMPT_COMMAND=("$first" ${kept[@]+"${kept[@]}"} "$last")
    elif [[ ${PROMPT_COMMAND-} != "$first"*"$last" ]]; then
        entry=${PROMPT_COMMAND-}
        entry=${entry//"$first"/:}
        entry=${entry//"$last"/:}
        PROMPT_COMMAND=$first$'\n'$entry$'\n'$last
    fi
}

# Print C for a command that was typed, with its text when the history really has it. Runs in a subshell of PS0.
__ai_session_typed() {
    \builtin local HISTTIMEFORMAT= line number text=
    line=$(\builtin history 1)
    line=${line#"${line%%[![:space:]]*}"}
    number=${line%%[!0-9]*}
    if [[ $number && $number == "$__ai_session_n" && $__ai_session_history == 1 ]]; then
        line=${line#"$number"}
        line=${line#[* ]}
        text=${line# }
        if ((${#text} <= 16384)); then
            __ai_session_encode "$text"
            text=";cmd=$__ai_session_r"
        else
            text=
        fi
    fi
    \builtin printf '\e]133;C;n=%s;cwd=%s%s\e\\' "$__ai_session_nonce" "$__ai_session_cwd" "$text"
}

# The trigger key: put the text of the exec file into the empty line; the accept key follows in the same write.
__ai_session_exec() {
    \builtin local id= text= why= lines
    {
        IFS= \builtin read -r id
        IFS= \builtin read -r -d '' text
    } <"$__ai_session_folder/exec"
    if ((__ai_session_ran)); then
        why=running
    elif ((__ai_session_q)); then
        why=continuation
    elif [[ $READLINE_LINE ]]; then
        why=line
    elif [[ ! $id || $id == "$__ai_session_id" ]]; then
        why=repeated
    fi
    if [[ $why ]]; then
        __ai_session_accept ''
        \builtin printf '\e]133;R;n=%s;x=%s;why=%s\e\\' "$__ai_session_nonce" "$id" "$why"
        \builtin return 0
    fi
    __ai_session_hook
    __ai_session_id=$id __ai_session_i=1
    __ai_session_x[1]=";x=$id"
    __ai_session_c[1]=$'\e]133;C;n='"$__ai_session_nonce;x=$id;cwd=$__ai_session_cwd"$'\e\\'
    if ((${#text} > __ai_session_shown)); then
        __ai_session_text=$text
        text='for _ in exec; do eval -- "$__ai_session_text"; done'
    elif [[ $text == *$'\n'* ]]; then
        # One command for the shell, or Ctrl-C would end only the line that runs and go on with the next; eval
        # reads line by line, as typed, and only inside a loop does bash abandon it.
        text="for _ in exec; do eval -- '${text//\'/\'\\\'\'}'; done"
    fi
    __ai_session_hist=${histchars-}
    histchars=  # no history expansion, until the prompt hook puts it back
    READLINE_LINE=$text
    READLINE_POINT=${#text}
    lines=${text//[!$'\n']/}
    __ai_session_accept accept-line
    \builtin printf '\e]133;K;n=%s;x=%s;lines=%s\e\\' "$__ai_session_nonce" "$id" "$((${#lines} + 1))"
}

# Called by the first line of an exec file that is sourced, when there is no line editor. Keeps $?.
__ai_session_begin() {
    __ai_session_id=$2 __ai_session_i=1
    __ai_session_x[1]=";x=$2"
    \builtin printf '\e]133;C;n=%s;x=%s;cwd=%s\e\\' "$__ai_session_nonce" "$2" "$__ai_session_cwd" >/dev/tty
    \builtin return "$1"
}

# Bind the accept key to $1; a refused text must not let it through to the user's own line.
__ai_session_accept() {
    \builtin local map
    if [[ $__ai_session_accepts == "$1" ]]; then \builtin return 0; fi
    __ai_session_accepts=$1
    for map in emacs-standard vi-insert vi-command; do
        \builtin bind -m "$map" "\"\\e[133;7772~\": ${1:-\"\"}"
    done
}

# The probe key: come back after something wiped the hooks out, and say that the prompt is here.
__ai_session_probe() {
    if ((__ai_session_q)) || [[ $READLINE_LINE ]]; then \builtin return 0; fi
    __ai_session_wrap
    __ai_session_ran=0 __ai_session_i=0
    \builtin printf '%s%s' "$__ai_session_a" "$__ai_session_b"
}

__ai_session_install() {
    \builtin local map osc n=";n=$__ai_session_nonce" st
    osc=$'\e]133;' st=$'\e\\'
    __ai_session_on=1 __ai_session_history=0 __ai_session_ran=0 __ai_session_i=0 __ai_session_q=0 __ai_session_n=0 __ai_session_code=0
    __ai_session_id= __ai_session_text= __ai_session_edits=1 __ai_session_cwd_raw=
    __ai_session_shown=32768 __ai_session_none=() __ai_session_x=('' '') __ai_session_c=('' '') __ai_session_s=$st
    __ai_session_a=${osc}A$n$st __ai_session_p=${osc}P$n$st
    __ai_session_b=${osc}B$n$st
    __ai_session_plain=("${osc}B$n;edit=0$st" "$__ai_session_b")
    __ai_session_late=('' "${osc}D$n;late=1;code=")
    __ai_session_accepts=-
    # Subscripts are arithmetic: they set our flags exactly when bash expands the prompt, without a fork. `late`
    # is a second D for when the user replaced PROMPT_COMMAND. In a nested shell all of it expands to nothing.
    __ai_session_ps1='\[${__ai_session_on:+${__ai_session_late[__ai_session_ran]:+${__ai_session_late[1]}$?$__ai_session_s}${__ai_session_none[__ai_session_ran=__ai_session_q=0,__ai_session_n=\!]-}$__ai_session_a}\]'
    __ai_session_ps1_end='\[${__ai_session_on:+${__ai_session_plain[__ai_session_edits]}}\]'
    __ai_session_ps2='\[${__ai_session_on:+${__ai_session_none[__ai_session_q=1]-}$__ai_session_p}\]'
    __ai_session_ps0='${__ai_session_on:+${__ai_session_none[__ai_session_ran=1]-}${__ai_session_c[__ai_session_i]:-$({ __ai_session_typed; } 2>/dev/null)}}'
    __ai_session_first='{ __ai_session_first "$?" >/dev/tty; } 2>/dev/null'
    __ai_session_last='{ __ai_session_last "$?"; } 2>/dev/null'
    for map in emacs-standard vi-insert vi-command; do
        \builtin bind -m "$map" -x '"\e[133;7771~": { __ai_session_last_word=$_; __ai_session_exec >/dev/tty || :; : "$__ai_session_last_word"; } 2>/dev/null'
        \builtin bind -m "$map" -x '"\e[133;7773~": { __ai_session_probe >/dev/tty || :; } 2>/dev/null'
    done
    __ai_session_accept ''
    __ai_session_wrap
}

__ai_session_first() {
    __ai_session_prompt "$1" || \builtin :
    if [[ -o errexit ]]; then \builtin return 0; fi
    \builtin return "$1"
}

__ai_session_last() {
    __ai_session_wrap || \builtin :
    if [[ -o errexit ]]; then \builtin return 0; fi
    \builtin return "$1"
}

__ai_session_tables

if \builtin shopt -q login_shell; then
    if \builtin test "$__ai_session_start" != norc; then
        if \builtin test -r /etc/profile; then \builtin . /etc/profile; fi
        for __ai_session_r in ~/.bash_profile ~/.bash_login ~/.profile; do
            if \builtin test -r "$__ai_session_r"; then
                \builtin . "$__ai_session_r"
                \builtin break
            fi
        done
    fi
elif \builtin test "$__ai_session_start" != norc && \builtin test -r ~/.bashrc; then
    \builtin . ~/.bashrc
fi
{ __ai_session_install; } 2>/dev/null
