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
    beginResetModel();
    shown_.clear();
    for (qsizetype i = 0; i < std::min<qsizetype>(kShown, found.size()); ++i) shown_.append(found.at(i).second);
    endResetModel();
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
