// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/palette_list.h"

#include <algorithm>

namespace millrace::desktop {

namespace {

constexpr int kTitleStart = 100;
constexpr int kTitleWord = 80;
constexpr int kTitlePart = 50;
constexpr int kHintWord = 30;
constexpr int kHintPart = 15;
constexpr int kInitials = 5;
constexpr qsizetype kPartMin = 3;  // fewer letters are found within any word

/// 2: a word of `text` begins with `part`; 1: it is somewhere else in it; 0: it is not.
int where(const QString& text, const QString& part)
{
    int best = 0;
    for (qsizetype at = text.indexOf(part, 0, Qt::CaseInsensitive); at >= 0;
         at = text.indexOf(part, at + 1, Qt::CaseInsensitive)) {
        if (at == 0 || !text.at(at - 1).isLetterOrNumber()) return 2;
        best = 1;
    }
    return best;
}

bool isInitials(const QString& title, const QString& query)
{
    const QStringList words = title.split(u' ', Qt::SkipEmptyParts);
    if (query.size() < 2 || words.size() < query.size()) return false;
    for (qsizetype i = 0; i < query.size(); ++i) {
        if (words.at(i).front().toLower() != query.at(i).toLower()) return false;
    }
    return true;
}

int scoreOfWord(const PaletteList::Entry& entry, const QString& word)
{
    if (entry.title.startsWith(word, Qt::CaseInsensitive)) return kTitleStart;
    const int title = where(entry.title, word);
    if (title == 2) return kTitleWord;
    if (!entry.dangerous && title == 1 && word.size() >= kPartMin) return kTitlePart;
    const int keywords = where(entry.keywords, word);
    if (keywords == 2) return kHintWord;
    if (entry.dangerous) return 0;
    const int hint = std::max({where(entry.hint, word), where(entry.kind, word)});
    if (hint == 2) return kHintWord;
    return hint == 1 && word.size() >= kPartMin ? kHintPart : 0;
}

}  // namespace

int PaletteList::score(const Entry& entry, const QString& query)
{
    const QStringList words = query.split(u' ', Qt::SkipEmptyParts);
    if (words.isEmpty()) return 1;
    int total = 0;
    for (const QString& word : words) {
        const int here = scoreOfWord(entry, word);
        if (here == 0) {
            total = 0;
            break;
        }
        total += here;
    }
    if (total == 0) return !entry.dangerous && words.size() == 1 && isInitials(entry.title, query) ? kInitials : 0;
    // Of equals the shorter title comes first, and one that was typed whole before all.
    const int whole = entry.title.compare(query, Qt::CaseInsensitive) == 0 ? 1000 : 0;
    return (total / static_cast<int>(words.size()) + whole) * 100 +
           std::max(0, 99 - static_cast<int>(entry.title.size()));
}

void PaletteList::open()
{
    // The rows shown point into all_: they leave before it changes.
    if (!shown_.isEmpty()) {
        beginRemoveRows({}, 0, static_cast<int>(shown_.size()) - 1);
        shown_.clear();
        endRemoveRows();
    }
    all_ = source_ ? source_() : QList<Entry>();
    query_.clear();
    Q_EMIT queryChanged();
    filter();
}

void PaletteList::setQuery(const QString& query)
{
    if (query == query_) return;
    query_ = query;
    Q_EMIT queryChanged();
    filter();
}

void PaletteList::filter()
{
    QList<std::pair<int, int>> found;
    for (int i = 0; i < all_.size(); ++i) {
        const int best = score(all_.at(i), query_.trimmed());
        if (best > 0) found.append({best, i});
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    // Removed and inserted, not reset: a list that is still making its rows takes a reset badly.
    if (!shown_.isEmpty()) {
        beginRemoveRows({}, 0, static_cast<int>(shown_.size()) - 1);
        shown_.clear();
        endRemoveRows();
    }
    const auto wanted = std::min<qsizetype>(kShown, found.size());
    if (wanted == 0) return;
    beginInsertRows({}, 0, static_cast<int>(wanted) - 1);
    for (qsizetype i = 0; i < wanted; ++i) shown_.append(found.at(i).second);
    endInsertRows();
}

void PaletteList::run(int index)
{
    if (index < 0 || index >= shown_.size()) return;
    const auto action = all_.at(shown_.at(index)).run;  // a copy: it may open the palette again
    if (action) action();
}

int PaletteList::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(shown_.size());
}

QVariant PaletteList::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Entry& entry = all_.at(shown_.at(index.row()));
    switch (role) {
        case Qt::DisplayRole:
        case TitleRole:
            return entry.title;
        case HintRole:
            return entry.hint;
        case KindRole:
            return entry.kind;
        case IconRole:
            return entry.icon;
        default:
            return {};
    }
}

QHash<int, QByteArray> PaletteList::roleNames() const
{
    return {{TitleRole, "title"}, {HintRole, "hint"}, {KindRole, "kind"}, {IconRole, "icon"}};
}

}  // namespace millrace::desktop
