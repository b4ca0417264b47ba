// SPDX-License-Identifier: GPL-3.0-or-later
#include "lists/table_columns.h"

#include "format/numbers.h"
#include "lists/column_widths.h"

#include <QtCore/QJsonDocument>
#include <QtCore/QJsonObject>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

void TableColumn::setShown(bool shown)
{
    if (shown == isShown() || !hideable) return;
    choice_ = shown ? Choice::Shown : Choice::Hidden;
    Q_EMIT placed();
    Q_EMIT chosen();
}

void TableColumn::place(double x, double width)
{
    if (x == x_ && width == width_) return;
    x_ = x;
    width_ = width;
    Q_EMIT placed();
}

void TableColumn::fitInto(double width)
{
    const bool before = isShown();
    fits_ = width >= fromWidth;
    if (isShown() != before) Q_EMIT placed();
}

void TableColumn::exchangeContent(int before, int now)
{
    if (const auto found = contents_.find(before); found != contents_.end() && --found.value() == 0)
        contents_.erase(found);
    if (now > 0) ++contents_[now];
    const int widest = contents_.isEmpty() ? 0 : contents_.lastKey();
    if (widest < content_) Q_EMIT contentShrank();
    if (widest <= content_) return;
    content_ = widest;
    Q_EMIT contentGrew();
}

TableColumns::TableColumns(QObject* parent) : QObject(parent)
{
    connect(this, &TableColumns::widthChanged, this, &TableColumns::layOut);
    shrinking_.setSingleShot(true);
    shrinking_.setInterval(kShrinkAfter);
    connect(&shrinking_, &QTimer::timeout, this, &TableColumns::shrink);
}

QQmlListProperty<TableColumn> TableColumns::columns()
{
    const auto append = [](QQmlListProperty<TableColumn>* list, TableColumn* column) {
        static_cast<TableColumns*>(list->object)->append(column);
    };
    const auto count = [](QQmlListProperty<TableColumn>* list) {
        return static_cast<TableColumns*>(list->object)->columns_.size();
    };
    const auto at = [](QQmlListProperty<TableColumn>* list, qsizetype i) {
        return static_cast<TableColumns*>(list->object)->columns_.at(i);
    };
    return {this, nullptr, append, count, at, nullptr};
}

void TableColumns::append(TableColumn* column)
{
    if (!column) return;
    columns_.append(column);
    connect(column, &TableColumn::changed, this, &TableColumns::layOut);
    connect(column, &TableColumn::contentGrew, this, &TableColumns::layOutSoon);
    connect(column, &TableColumn::contentShrank, this, [this] {
        if (!shrinking_.isActive()) shrinking_.start();
    });
    connect(column, &TableColumn::chosen, this, [this] {
        layOut();
        Q_EMIT stateChanged();
    });
    connect(column, &QObject::destroyed, this, [this, column] { columns_.removeOne(column); });
    layOut();
    Q_EMIT columnsChanged();
}

void TableColumns::setWidth(double width)
{
    if (width == width_) return;
    width_ = width;
    Q_EMIT widthChanged();
}

void TableColumns::layOutSoon()
{
    if (layoutPending_) return;
    layoutPending_ = true;
    QMetaObject::invokeMethod(
        this, [this] { layOut(); }, Qt::QueuedConnection);
}

void TableColumns::layOut()
{
    layoutPending_ = false;
    QList<TableColumn*> shown;
    QList<ColumnNeed> needs;
    double minima = 0;
    for (TableColumn* column : std::as_const(columns_)) {
        column->fitInto(width_);
        if (!column->isShown()) continue;
        const bool chosen = column->chosenWidth_ > 0;
        shown.append(column);
        needs.append({chosen ? column->chosenWidth_ : column->minimum, column->weight,
                      static_cast<double>(column->content_), chosen, column->claim});
        minima += needs.last().minimum;
    }
    const auto gaps = std::max<qsizetype>(0, shown.size() - 1 + (reserved_ > 0 ? 1 : 0));
    const double beside = reserved_ + spacing_ * static_cast<double>(gaps);
    const QList<double> widths = columnWidths(needs, width_ - beside, kWidthLeast);
    double x = 0;
    for (qsizetype i = 0; i < shown.size(); ++i) {
        shown.at(i)->place(x, widths.at(i));
        x += widths.at(i) + spacing_;
    }
    const double total = std::max(width_, beside + minima);
    if (total == total_) return;
    total_ = total;
    Q_EMIT totalChanged();
}

void TableColumns::shrink()
{
    for (TableColumn* column : std::as_const(columns_))
        column->content_ = column->contents_.isEmpty() ? 0 : column->contents_.lastKey();
    layOut();
}

TableColumn* TableColumns::find(const QString& role) const
{
    const auto found =
        std::find_if(columns_.begin(), columns_.end(), [&](const TableColumn* column) { return column->role == role; });
    return found == columns_.end() ? nullptr : *found;
}

QString TableColumns::comparedRole() const
{
    const TableColumn* column = find(sortedBy_);
    return column ? column->comparedRole() : QString();
}

void TableColumns::setSort(const QString& role, bool descending)
{
    if (role == sortedBy_ && descending == descending_) return;
    sortedBy_ = role;
    descending_ = descending;
    Q_EMIT sortChanged();
}

void TableColumns::sortBy(TableColumn* column)
{
    if (!column || !column->sortable) return;
    if (column->role != sortedBy_) {
        setSort(column->role, column->descendingFirst);
    } else if (descending_ == column->descendingFirst) {
        setSort(column->role, !descending_);
    } else {
        setSort({}, false);
    }
    Q_EMIT stateChanged();
}

void TableColumns::resize(TableColumn* column, double width)
{
    if (!column) return;
    const double chosen = width > 0 ? std::clamp(std::round(width), kWidthLeast, 4096.0) : 0;
    if (chosen == column->chosenWidth_) return;
    column->chosenWidth_ = chosen;
    layOut();
    Q_EMIT stateChanged();
}

void TableColumns::reset()
{
    for (TableColumn* column : std::as_const(columns_)) {
        column->chosenWidth_ = 0;
        column->choice_ = TableColumn::Choice::None;
        Q_EMIT column->placed();
    }
    layOut();
    setSort({}, false);
    Q_EMIT stateChanged();
}

QString TableColumns::state() const
{
    QJsonObject widths;
    QJsonObject shown;
    for (const TableColumn* column : columns_) {
        if (column->chosenWidth_ > 0) widths.insert(column->role, column->chosenWidth_);
        if (column->choice_ != TableColumn::Choice::None) shown.insert(column->role, column->isShown());
    }
    QJsonObject out;
    if (!widths.isEmpty()) out.insert(QStringLiteral("widths"), widths);
    if (!shown.isEmpty()) out.insert(QStringLiteral("shown"), shown);
    if (!sortedBy_.isEmpty()) {
        out.insert(QStringLiteral("sort"), sortedBy_);
        out.insert(QStringLiteral("descending"), descending_);
    }
    return out.isEmpty() ? QString() : QString::fromUtf8(QJsonDocument(out).toJson(QJsonDocument::Compact));
}

void TableColumns::setState(const QString& state)
{
    // A file of the user's: whatever it says, the table stays usable.
    const QJsonObject in = QJsonDocument::fromJson(state.toUtf8()).object();
    const QJsonObject widths = in.value(QStringLiteral("widths")).toObject();
    const QJsonObject shown = in.value(QStringLiteral("shown")).toObject();
    for (TableColumn* column : std::as_const(columns_)) {
        const double width = widths.value(column->role).toDouble(0);
        column->chosenWidth_ = width > 0 ? std::clamp(width, kWidthLeast, 4096.0) : 0;
        const QJsonValue choice = shown.value(column->role);
        column->choice_ = !choice.isBool() || !column->hideable ? TableColumn::Choice::None
                          : choice.toBool()                     ? TableColumn::Choice::Shown
                                                                : TableColumn::Choice::Hidden;
        Q_EMIT column->placed();
    }
    layOut();
    const QString sort = in.value(QStringLiteral("sort")).toString();
    const TableColumn* column = find(sort);
    setSort(column && column->sortable ? sort : QString(), in.value(QStringLiteral("descending")).toBool());
}

QString TableColumns::csv(QAbstractItemModel* rows) const
{
    if (!rows) return {};
    const auto names = rows->roleNames();
    QStringList heads;
    QList<int> roles;
    for (const TableColumn* column : columns_) {
        const int role = names.key(column->role.toUtf8(), -1);
        if (!column->isShown() || role < 0) continue;
        // A bar or a small line is not text; what it shows is in another column.
        if (rows->rowCount() > 0 && !rows->data(rows->index(0, 0), role).canConvert<QString>()) continue;
        heads.append(format::csvCell(column->title));
        roles.append(role);
    }
    QString out = heads.join(u',') + u'\n';
    for (int row = 0; row < rows->rowCount(); ++row) {
        QStringList cells;
        for (const int role : std::as_const(roles)) {
            cells.append(format::csvCell(rows->data(rows->index(row, 0), role).toString()));
        }
        out += cells.join(u',') + u'\n';
    }
    return out;
}

}  // namespace millrace::desktop
