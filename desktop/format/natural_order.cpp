// SPDX-License-Identifier: GPL-3.0-or-later
#include "format/natural_order.h"

namespace millrace::desktop::format {
namespace {

// The digits from `at` on, without leading zeros; `at` is moved behind them.
QStringView takeDigits(QStringView text, qsizetype& at)
{
    while (at < text.size() && text.at(at) == u'0') ++at;
    const qsizetype begin = at;
    while (at < text.size() && text.at(at).isDigit()) ++at;
    return text.sliced(begin, at - begin);
}

}  // namespace

int compareNatural(QStringView a, QStringView b)
{
    qsizetype i = 0;
    qsizetype j = 0;
    while (i < a.size() && j < b.size()) {
        if (a.at(i).isDigit() && b.at(j).isDigit()) {
            const QStringView x = takeDigits(a, i);
            const QStringView y = takeDigits(b, j);
            if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
            if (const int order = x.compare(y); order != 0) return order;
            continue;
        }
        const QChar x = a.at(i).toCaseFolded();
        const QChar y = b.at(j).toCaseFolded();
        if (x != y) return x < y ? -1 : 1;
        ++i;
        ++j;
    }
    const bool restA = i < a.size();
    const bool restB = j < b.size();
    return restA == restB ? 0 : restA ? 1 : -1;
}

}  // namespace millrace::desktop::format
