# ai-session: exact command marks for sh (dash, ash, ...), read through $ENV by an interactive shell.
# There is no line editor and no hook but the prompt, so the prompt says everything: D, A, the user's prompt, B.

__ai_session_folder=$AI_SESSION_SHELL_FOLDER
if [ -n "${AI_SESSION_SHELL_ENV+x}" ]; then
    ENV=$AI_SESSION_SHELL_ENV
    export ENV
else
    unset ENV
fi
unset AI_SESSION_SHELL_FOLDER AI_SESSION_SHELL_ENV
IFS= read -r __ai_session_nonce <"$__ai_session_folder/nonce"
: >|"$__ai_session_folder/nonce"
__ai_session_x=

# Called by the first line of the exec file: the command starts; $? stays what it was.
__ai_session_begin() {
    __ai_session_x=$2
    command printf '\033]133;C;n=%s;x=%s\033\\' "$__ai_session_nonce" "$2" >/dev/tty
    return "$1"
}

if [ -n "${ENV-}" ] && [ -r "$ENV" ]; then
    . "$ENV"
fi

# printf is a builtin of every sh that matters here; this runs once.
# The directory has a mark of its own: nothing can encode it here, and a bad one must cost no more than itself.
__ai_session_w=$(command printf '\033]133;W;n=%s;raw=' "$__ai_session_nonce")
__ai_session_d=$(command printf '\033\\\033]133;D;n=%s;code=' "$__ai_session_nonce")
__ai_session_a=$(command printf '\033\\\033]133;A;n=%s\033\\.' "$__ai_session_nonce")
__ai_session_a=${__ai_session_a%.}
__ai_session_b=$(command printf '\033]133;B;n=%s;edit=0\033\\.' "$__ai_session_nonce")
__ai_session_b=${__ai_session_b%.}
__ai_session_p=$(command printf '\033]133;P;n=%s\033\\.' "$__ai_session_nonce")
__ai_session_p=${__ai_session_p%.}
PS1='${__ai_session_d+$__ai_session_w$PWD$__ai_session_d$?;x=$__ai_session_x$__ai_session_a}'${PS1-'$ '}'${__ai_session_b-}'
PS2='${__ai_session_p-}'${PS2-'> '}
