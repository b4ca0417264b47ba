// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/palette_list.h"

#include <algorithm>

namespace millrace::desktop {

int PaletteList::score(const QString& text, const QString& query)
{
    if (query.isEmpty()) return 1;
    const qsizetype at = text.indexOf(query, 0, Qt::CaseInsensitive);
    if (at == 0) return 1000 - static_cast<int>(text.size());
    if (at > 0) {
        const bool wordStart = !text.at(at - 1).isLetterOrNumber();
        return (wordStart ? 600 : 300) - static_cast<int>(at);
    }
    qsizetype from = 0;
    for (const QChar letter : query) {
        if (letter.isSpace()) continue;
        const qsizetype found = text.indexOf(letter, from, Qt::CaseInsensitive);
        if (found < 0) return 0;
        from = found + 1;
    }
    return std::max(1, 100 - static_cast<int>(from));
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
        const int best =
            std::max(score(all_.at(i).title, query_.trimmed()), score(all_.at(i).hint, query_.trimmed()) / 2);
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
