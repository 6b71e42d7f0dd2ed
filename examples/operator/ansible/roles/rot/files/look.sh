# shellcheck shell=dash
# POSIX has no -ef; dash and bash have it.
# Looks at a host's files and at its process, and prints one JSON object. Changes nothing.
#   sh -c "$(cat look.sh)" sh SETTINGS KEYSTORE TRUSTSTORE MARKER PROCESS...
# PROCESS is the command that shows the process. Its output and the marker are printed in base64.

# What is not a regular file is not opened. `kept`: the file's names that an interrupted run has left. `sha256`: null if unreadable.
look() {
    if [ -L "$1" ] || { [ -e "$1" ] && ! [ -f "$1" ]; }; then
        printf '{"regular": false}'
    elif [ -e "$1" ]; then
        kept=0
        for other in "$1".before-*; do
            if [ "$other" -ef "$1" ]; then kept=$((kept + 1)); fi
        done
        sha256=null
        if digest=$(sha256sum 2>/dev/null <"$1"); then sha256="\"${digest%% *}\""; fi
        attributes='"names": %h, "uid": %u, "gid": %g, "mode": "0%a", "ctime": %.9Z'
        stat -c "{\"regular\": true, \"kept\": $kept, \"sha256\": $sha256, $attributes}" "$1"
    else
        printf 'null'
    fi
}

printf '{"files": {"settings": '
look "$1"
printf ', "keystore": '
look "$2"
printf ', "truststore": '
look "$3"
printf ', "marker": '
look "$4"
printf '}, "marker": "'
if [ -f "$4" ] && ! [ -L "$4" ]; then head -c 65536 "$4" 2>/dev/null | base64 -w 0; fi
shift 4
printf '", "process": "%s"}\n' "$("$@" 2>/dev/null | base64 -w 0)"
