/* The tables of XEP-0045 §5, row by row. */
#include "tests/unit/test.h"

#include "mucd/privilege.h"

#define NO  false
#define YES true

static void each_privilege_of_each_role(void **state)
{
    /* §5.1.1: none, visitor, participant, moderator */
    static const struct {
        enum privilege privilege;
        bool may[ROLE_COUNT];
    } table[] = {
        {MAY_BE_PRESENT, {NO, YES, YES, YES}},
        {MAY_RECEIVE_MESSAGES, {NO, YES, YES, YES}},
        {MAY_RECEIVE_PRESENCE, {NO, YES, YES, YES}},
        {MAY_CHANGE_AVAILABILITY, {NO, YES, YES, YES}},
        {MAY_CHANGE_NICK, {NO, YES, YES, YES}},
        {MAY_SEND_TO_ALL, {NO, NO, YES, YES}},
        {MAY_KICK, {NO, NO, NO, YES}},
        {MAY_GRANT_VOICE, {NO, NO, NO, YES}},
        {MAY_REVOKE_VOICE, {NO, NO, NO, YES}},
        {MAY_SEE_JIDS, {NO, NO, NO, YES}},
    };

    (void)state;
    assert_int_equal(COUNT_OF(table), PRIVILEGE_COUNT);
    for (size_t i = 0; i < COUNT_OF(table); i++)
        for (int role = 0; role < ROLE_COUNT; role++)
            assert_int_equal(role_may((enum role)role, table[i].privilege),
                             table[i].may[role]);
}

static void each_privilege_of_each_affiliation(void **state)
{
    /* §5.2.1: outcast, none, member, admin, owner */
    static const struct {
        enum standing standing;
        bool may[AFFILIATION_COUNT];
    } table[] = {
        {MAY_ENTER_OPEN, {NO, YES, YES, YES, YES}},
        {MAY_REGISTER, {NO, YES, YES, YES, YES}},
        {MAY_LIST_MEMBERS, {NO, NO, YES, YES, YES}},
        {MAY_ENTER_MEMBERS_ONLY, {NO, NO, YES, YES, YES}},
        {MAY_BAN, {NO, NO, NO, YES, YES}},
        {MAY_EDIT_MEMBERS, {NO, NO, NO, YES, YES}},
        {MAY_ASSIGN_MODERATORS, {NO, NO, NO, YES, YES}},
        {MAY_EDIT_ADMINS, {NO, NO, NO, NO, YES}},
        {MAY_EDIT_OWNERS, {NO, NO, NO, NO, YES}},
        {MAY_CONFIGURE, {NO, NO, NO, NO, YES}},
        {MAY_DESTROY, {NO, NO, NO, NO, YES}},
    };

    (void)state;
    assert_int_equal(COUNT_OF(table), STANDING_COUNT);
    for (size_t i = 0; i < COUNT_OF(table); i++)
        for (int a = 0; a < AFFILIATION_COUNT; a++)
            assert_int_equal(
                affiliation_may((enum affiliation)a, table[i].standing),
                table[i].may[a]);
}

static void the_role_on_entering_follows_room_and_affiliation(void **state)
{
    /* §5.1.2: outcast, none, member, admin, owner */
    static const struct {
        bool is_moderated, is_members_only;
        enum role role[AFFILIATION_COUNT];
    } table[] = {
        {true,
         false,
         {ROLE_NONE, ROLE_VISITOR, ROLE_PARTICIPANT, ROLE_MODERATOR,
          ROLE_MODERATOR}},
        {false,
         false,
         {ROLE_NONE, ROLE_PARTICIPANT, ROLE_PARTICIPANT, ROLE_MODERATOR,
          ROLE_MODERATOR}},
        {false,
         true,
         {ROLE_NONE, ROLE_NONE, ROLE_PARTICIPANT, ROLE_MODERATOR,
          ROLE_MODERATOR}},
        {true,
         true,
         {ROLE_NONE, ROLE_NONE, ROLE_PARTICIPANT, ROLE_MODERATOR,
          ROLE_MODERATOR}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        for (int a = 0; a < AFFILIATION_COUNT; a++)
            assert_int_equal(role_on_entry((enum affiliation)a,
                                           table[i].is_moderated,
                                           table[i].is_members_only),
                             table[i].role[a]);
}

#define VISITOR                                                                \
    {                                                                          \
        ROLE_VISITOR, AFFILIATION_NONE                                         \
    }
#define PARTICIPANT                                                            \
    {                                                                          \
        ROLE_PARTICIPANT, AFFILIATION_NONE                                     \
    }
#define MODERATOR                                                              \
    {                                                                          \
        ROLE_MODERATOR, AFFILIATION_NONE                                       \
    }
#define ADMIN                                                                  \
    {                                                                          \
        ROLE_MODERATOR, AFFILIATION_ADMIN                                      \
    }
#define OWNER                                                                  \
    {                                                                          \
        ROLE_MODERATOR, AFFILIATION_OWNER                                      \
    }

static void who_may_change_whose_role(void **state)
{
    /* §5.1.3 and its notes */
    static const struct {
        struct standpoint actor, target;
        enum role wanted;
        bool may;
    } table[] = {
        /* kicks */
        {VISITOR, VISITOR, ROLE_NONE, NO},
        {PARTICIPANT, VISITOR, ROLE_NONE, NO},
        {MODERATOR, VISITOR, ROLE_NONE, YES},
        {MODERATOR, PARTICIPANT, ROLE_NONE, YES},
        {MODERATOR, MODERATOR, ROLE_NONE, NO},
        {MODERATOR, ADMIN, ROLE_NONE, NO},
        {MODERATOR, OWNER, ROLE_NONE, NO},
        {ADMIN, MODERATOR, ROLE_NONE, YES},
        {ADMIN, ADMIN, ROLE_NONE, NO},
        {ADMIN, OWNER, ROLE_NONE, NO},
        {OWNER, ADMIN, ROLE_NONE, YES},
        {OWNER, OWNER, ROLE_NONE, NO},
        /* voice */
        {PARTICIPANT, VISITOR, ROLE_PARTICIPANT, NO},
        {MODERATOR, VISITOR, ROLE_PARTICIPANT, YES},
        {MODERATOR, PARTICIPANT, ROLE_VISITOR, YES},
        {MODERATOR, ADMIN, ROLE_VISITOR, NO},
        {MODERATOR, OWNER, ROLE_VISITOR, NO},
        {ADMIN, ADMIN, ROLE_VISITOR, NO},
        /* moderators */
        {MODERATOR, PARTICIPANT, ROLE_MODERATOR, NO},
        {ADMIN, VISITOR, ROLE_MODERATOR, YES},
        {ADMIN, PARTICIPANT, ROLE_MODERATOR, YES},
        {OWNER, PARTICIPANT, ROLE_MODERATOR, YES},
        {MODERATOR, MODERATOR, ROLE_PARTICIPANT, NO},
        {ADMIN, MODERATOR, ROLE_PARTICIPANT, YES},
        {ADMIN, OWNER, ROLE_PARTICIPANT, NO},
        {OWNER, MODERATOR, ROLE_VISITOR, YES},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        if (role_may_change(table[i].actor, table[i].target, table[i].wanted) !=
            table[i].may)
            fail_msg("row %zu", i);
}

static void who_may_change_whose_affiliation(void **state)
{
    (void)state;
    /* §5.2.2: an administrator below administrators, an owner everything. */
    for (int actor = 0; actor < AFFILIATION_COUNT; actor++)
        for (int old = 0; old < AFFILIATION_COUNT; old++)
            for (int wanted = 0; wanted < AFFILIATION_COUNT; wanted++) {
                bool expected =
                    actor == AFFILIATION_OWNER ||
                    (actor == AFFILIATION_ADMIN && old < AFFILIATION_ADMIN &&
                     wanted < AFFILIATION_ADMIN);

                assert_int_equal(
                    affiliation_may_change((enum affiliation)actor,
                                           (enum affiliation)old,
                                           (enum affiliation)wanted),
                    expected);
            }
}

static void names_read_back(void **state)
{
    (void)state;
    for (int a = 0; a < AFFILIATION_COUNT; a++)
        assert_int_equal(
            affiliation_by_name(str_of(affiliation_name((enum affiliation)a))),
            a);
    for (int r = 0; r < ROLE_COUNT; r++)
        assert_int_equal(role_by_name(str_of(role_name((enum role)r))), r);
    assert_int_equal(affiliation_by_name(STR("king")), AFFILIATION_COUNT);
    assert_int_equal(role_by_name(STR_NONE), ROLE_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_privilege_of_each_role),
        cmocka_unit_test(each_privilege_of_each_affiliation),
        cmocka_unit_test(the_role_on_entering_follows_room_and_affiliation),
        cmocka_unit_test(who_may_change_whose_role),
        cmocka_unit_test(who_may_change_whose_affiliation),
        cmocka_unit_test(names_read_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
