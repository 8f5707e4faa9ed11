# bash completion of quorate: commands and options as the program's own help tells them, files otherwise.
_quorate()
{
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} words
    COMPREPLY=()
    if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $previous == help ]]; }; then
        words=$("$program" help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
        ((COMP_CWORD == 1)) && words+=" --help --version"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        return
    fi
    if [[ $current == -* ]]; then
        words=$("$program" help "${COMP_WORDS[1]}" 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)
        mapfile -t COMPREPLY < <(compgen -W "$words --json --quiet --help" -- "$current")
        return
    fi
    case ${COMP_WORDS[1]} in
    dist)
        if ((COMP_CWORD == 2)); then
            words=$("$program" help dist 2>/dev/null | sed -n '/families/,/^$/p' | grep -oE '(^|[ ,])(exponential|weibull|invgauss|burr|paralogistic|gb2|spliced|mixture|gamma|lognormal|pareto2|loglogistic|gpd|poisson|negbin|binomial|zip|zinb)\b')
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
        ;;
    book)
        if ((COMP_CWORD == 2)); then
            words=$("$program" help book 2>/dev/null | sed -n 's/^\([a-z][a-z]*\)  .*/\1/p')
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
            return
        fi
        ;;
    esac
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
}
complete -F _quorate quorate
