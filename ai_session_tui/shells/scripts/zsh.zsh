# ai-session: exact command marks for zsh >= 5.3. zsh reads this as $ZDOTDIR/.zshenv; it puts the user's own ZDOTDIR
# back first, so zsh itself finds every other start-up file where the user has it.

if [[ -n ${AI_SESSION_SHELL_ZDOTDIR+x} ]]; then
    'builtin' 'export' ZDOTDIR="$AI_SESSION_SHELL_ZDOTDIR"
else
    'builtin' 'unset' ZDOTDIR
fi

# Sticky emulation: these functions run with zsh's own defaults, whatever options the user sets.
if [[ -o interactive && -n ${AI_SESSION_SHELL_FOLDER-} ]]; then
    'builtin' 'emulate' zsh -c '
    __ai_session_folder=$AI_SESSION_SHELL_FOLDER
    IFS= builtin read -r __ai_session_nonce <$__ai_session_folder/nonce
    : >|$__ai_session_folder/nonce
    builtin typeset +x -g __ai_session_nonce __ai_session_folder
    builtin typeset -g +x __ai_session_{pending,id,text,widget,cwd,cwd_raw,r,hist}=
    builtin typeset -gi +x __ai_session_{ran,code,nested,options,installed}=0

    # Leave $1 percent-encoded in __ai_session_r: control characters, % and ; (the rest is safe inside an OSC).
    __ai_session_encode() {
        builtin local character
        builtin local -i i
        __ai_session_r=${1//\%/%25}
        __ai_session_r=${__ai_session_r//;/%3B}
        if [[ $__ai_session_r == *[[:cntrl:]]* ]]; then
            for i in {1..31} 127; do
                character=${(#)i}
                __ai_session_r=${__ai_session_r//$character/%${(l:2::0:)$(([##16]i))}}
            done
        fi
    }

    __ai_session_where() {
        if [[ $__ai_session_cwd_raw != $PWD ]]; then
            __ai_session_cwd_raw=$PWD
            __ai_session_encode $PWD
            __ai_session_cwd=$__ai_session_r
        fi
    }

    # Say how the command ended, and that the prompt begins.
    __ai_session_ended() {
        builtin local end=
        __ai_session_where
        if [[ -n $__ai_session_pending ]]; then
            end=";x=$__ai_session_pending"
        elif (( ! __ai_session_ran )); then
            end=";idle=1"
        fi
        if [[ $end != ";idle=1" || $1 != $__ai_session_code || $1 == 1 ]]; then
            builtin print -nr -- $'\''\e]133;D;n='\''"$__ai_session_nonce;code=$1;cwd=$__ai_session_cwd$end"$'\''\e\\'\''
        fi
        __ai_session_code=$1 __ai_session_ran=0 __ai_session_pending=
        builtin print -nr -- $'\''\e]133;A;n='\''$__ai_session_nonce$'\''\e\\'\''
        if [[ ! -o zle ]]; then
            builtin print -nr -- $'\''\e]133;B;n='\''$__ai_session_nonce";edit=0"$'\''\e\\'\''
        fi
    }

    # Called by the first line of an exec file that is sourced, when there is no line editor. Keeps $?.
    __ai_session_begin() {
        __ai_session_pending=$2
        builtin print -nr -- $'\''\e]133;C;n='\''"$__ai_session_nonce;x=$2;cwd=$__ai_session_cwd"$'\''\e\\'\'' >/dev/tty
        builtin return $1
    }

    __ai_session_started() {
        builtin local text=
        __ai_session_where
        if [[ -n $__ai_session_pending ]]; then
            text=";x=$__ai_session_pending"
        elif (( ${#1} && ${#1} <= 16384 )); then
            __ai_session_encode $1
            text=";cmd=$__ai_session_r"
        fi
        __ai_session_ran=1
        builtin print -nr -- $'\''\e]133;C;n='\''"$__ai_session_nonce;cwd=$__ai_session_cwd$text"$'\''\e\\'\''
    }

    # Stay first in precmd, last in preexec, around the end-of-output sign, and behind the line-init widget.
    __ai_session_hook() {
        builtin local sign=$'\''%{\e]133;Z;n='\''$__ai_session_nonce$'\''\e\\%}'\''
        builtin typeset -ga precmd_functions preexec_functions
        if [[ ${precmd_functions[1]-} != __ai_session_precmd ]]; then
            precmd_functions=(__ai_session_precmd ${precmd_functions:#__ai_session_(precmd|first)})
        fi
        if [[ ${preexec_functions[-1]-} != __ai_session_preexec ]]; then
            preexec_functions=(${preexec_functions:#__ai_session_preexec} __ai_session_preexec)
        fi
        if [[ ${PROMPT_EOL_MARK-} != $sign* ]]; then
            PROMPT_EOL_MARK=$sign${PROMPT_EOL_MARK-%B%S%#%s%b}
            builtin typeset -g +x PROMPT_EOL_MARK
        fi
        if [[ ${widgets[zle-line-init]-} != ${__ai_session_widget:--} ]]; then
            if [[ -n ${widgets[zle-line-init]-} ]]; then
                builtin zle -A zle-line-init __ai_session_users_line_init
            fi
            builtin zle -N zle-line-init __ai_session_line_init
            __ai_session_widget=${widgets[zle-line-init]}
        fi
    }

    # The editor is ready: B at the prompt, P where it wants more lines; nothing in select or vared.
    __ai_session_line_init() {
        (( __ai_session_nested )) && builtin return 0
        __ai_session_nested=1
        {
            if [[ -n ${widgets[__ai_session_users_line_init]-} ]]; then
                builtin zle __ai_session_users_line_init -- "$@"
            fi
        } always {
            __ai_session_nested=0
            if [[ $CONTEXT == start ]]; then
                __ai_session_hook
                builtin print -nr -- $'\''\e]133;B;n='\''$__ai_session_nonce$'\''\e\\'\'' >/dev/tty
            elif [[ $CONTEXT == cont ]]; then
                builtin print -nr -- $'\''\e]133;P;n='\''$__ai_session_nonce$'\''\e\\'\'' >/dev/tty
            fi
        } 2>/dev/null
    }

    # Load the exec file into the empty line; true when it shall be accepted.
    __ai_session_load() {
        builtin local text id why= lines
        text=$(<$__ai_session_folder/exec)
        id=${text%%$'\''\n'\''*}
        if [[ $text == *$'\''\n'\''* ]]; then text=${text#*$'\''\n'\''}; else text=; fi
        if [[ $CONTEXT == cont ]]; then
            why=continuation
        elif [[ $CONTEXT != start ]]; then
            why=running
        elif [[ -n $BUFFER || -n $PREBUFFER ]]; then
            why=line
        elif [[ -z $id || $id == $__ai_session_id ]]; then
            why=repeated
        fi
        if [[ -n $why ]]; then
            builtin print -nr -- $'\''\e]133;R;n='\''"$__ai_session_nonce;x=$id;why=$why"$'\''\e\\'\'' >/dev/tty
            builtin return 1
        fi
        __ai_session_id=$id __ai_session_pending=$id
        if (( ${#text} > 32768 )); then
            __ai_session_text=$text
            text='\''eval "$__ai_session_text"'\''
        fi
        # No history expansion, and comments as before; preexec puts it back before the command runs.
        __ai_session_hist=$histchars
        histchars=$'\''\0\0'\''${histchars[3]:-\#}
        POSTDISPLAY=
        BUFFER=$text
        CURSOR=$#BUFFER
        lines=${text//[^$'\''\n'\'']/}
        builtin print -nr -- $'\''\e]133;K;n='\''"$__ai_session_nonce;x=$id;lines=$(( $#lines + 1 ))"$'\''\e\\'\'' >/dev/tty
    }

    __ai_session_say_prompt() {
        [[ $CONTEXT == start && -z $BUFFER ]] || builtin return 0
        __ai_session_hook
        __ai_session_ran=0
        builtin print -nr -- $'\''\e]133;A;n='\''$__ai_session_nonce$'\''\e\\\e]133;B;n='\''$__ai_session_nonce$'\''\e\\'\'' >/dev/tty
    }

    # Wait for the first prompt: only then have all start-up files run.
    __ai_session_install() {
        builtin local map
        builtin zle -N __ai_session_exec
        builtin zle -N __ai_session_probe
        for map in emacs viins vicmd main; do
            builtin bindkey -M $map '\''\e[133;7771~'\'' __ai_session_exec
            builtin bindkey -M $map '\''\e[133;7773~'\'' __ai_session_probe
        done
        __ai_session_installed=1
        __ai_session_hook
    }
    '
    'builtin' 'unset' AI_SESSION_SHELL_FOLDER AI_SESSION_SHELL_ZDOTDIR

    # The functions below run with the options of the user, because they change some of them for a moment. Each is
    # one group with its errors and its trace (set -x) sent away.
    __ai_session_precmd() {
        { builtin local code=$?; __ai_session_restore; __ai_session_ended "$code" >/dev/tty; __ai_session_hook; } 2>/dev/null
    }

    __ai_session_preexec() {
        { __ai_session_restore; __ai_session_started "${1:-${3-}}" >/dev/tty; } 2>/dev/null
    }

    # Spelling correction would ask a question that nobody is there to answer.
    __ai_session_exec() {
        {
            if __ai_session_load; then
                if [[ -o correct ]]; then __ai_session_options=1; builtin unsetopt correct; fi
                if [[ -o correctall ]]; then __ai_session_options=$((__ai_session_options + 2)); builtin unsetopt correctall; fi
                builtin zle .accept-line
            fi
        } 2>/dev/null
    }

    __ai_session_restore() {
        if [[ -n "$__ai_session_hist" ]]; then histchars="$__ai_session_hist"; __ai_session_hist=; fi
        if (( __ai_session_options & 1 )); then builtin setopt correct; fi
        if (( __ai_session_options & 2 )); then builtin setopt correctall; fi
        __ai_session_options=0
    }

    __ai_session_probe() {
        { __ai_session_say_prompt; } 2>/dev/null
    }

    __ai_session_first() {
        {
            builtin local code=$?
            if (( ! __ai_session_installed )); then __ai_session_install; __ai_session_ended "$code" >/dev/tty; fi
        } 2>/dev/null
    }

    # A start-up file may set the array anew; a scheduled event comes before the first prompt all the same.
    'builtin' 'typeset' -ga precmd_functions
    precmd_functions+=(__ai_session_first)
    'builtin' 'zmodload' zsh/sched 2>/dev/null && 'builtin' 'sched' +0 __ai_session_first
fi

if [[ -o rcs && -r ${ZDOTDIR-$HOME}/.zshenv ]]; then
    'builtin' 'source' "${ZDOTDIR-$HOME}/.zshenv"
fi
