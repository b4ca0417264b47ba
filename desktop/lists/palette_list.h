// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QAbstractListModel>
#include <QtQml/qqmlregistration.h>

#include <functional>

namespace millrace::desktop {

/// What Ctrl+K finds: pages, actions, settings, models and backends, each with what choosing it does; best match first.
/// Every word of the query must be found: at the start of a word of the title best, then within the title, then in
/// hint and keywords. Initials ("gtn") find a title when nothing else does. What destroys is found by its own words
/// alone.
/// Bound: kShown rows of the matches are listed.
class PaletteList : public QAbstractListModel {
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("the shell has one")
    Q_PROPERTY(QString query READ query WRITE setQuery NOTIFY queryChanged FINAL)
public:
    static constexpr int kShown = 50;
    enum Role { TitleRole = Qt::UserRole + 1, HintRole, KindRole, IconRole };
    struct Entry {
        QString title;
        QString hint;
        QString kind;
        QString icon;
        std::function<void()> run;
        QString keywords = {};   ///< other words for it, not shown
        bool dangerous = false;  ///< stops, drains, unloads
    };

    using QAbstractListModel::QAbstractListModel;

    void setSource(std::function<QList<Entry>()> source) { source_ = std::move(source); }
    QString query() const { return query_; }
    void setQuery(const QString& query);

    Q_INVOKABLE void open();  ///< reloads the entries, with an empty query
    Q_INVOKABLE void run(int index);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// How well an entry answers `query`; 0: not at all.
    static int score(const Entry& entry, const QString& query);

Q_SIGNALS:
    void queryChanged();

private:
    void filter();

    std::function<QList<Entry>()> source_;
    QList<Entry> all_;
    QList<int> shown_;
    QString query_;
};

}  // namespace millrace::desktop
