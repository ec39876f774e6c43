"""Other tools' exports: who is on the list there, who left, and what is their proof."""

from __future__ import annotations

import pytest
from audience_crowd import SECRET
from import_outcomes import A, R, S, _, content_of, expected_of, outcomes, reasons, rows, said

from newsletter.audience.address import normalise
from newsletter.audience.dossier import find_dossier
from newsletter.audience.importing import plan_import

TOOLS = {
    "mailchimp": (
        '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,'
        "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
        'a@example.org,A,B,2,,,"2020-01-01 00:00:00",192.0.2.1,,,,,,,,"2020-01-01 00:00:00",1,x,,"""VIP"""\n',
        [A],
    ),
    "mailchimp, unsubscribed": (
        '"Email Address","First Name",MEMBER_RATING,CONFIRM_TIME,LEID,EUID,UNSUB_TIME,'
        "UNSUB_CAMPAIGN_TITLE,UNSUB_REASON\n"
        'a@example.org,A,2,"2020-01-01 00:00:00",1,x,"2021-01-01 00:00:00",Mai,NORMAL\n',
        [S],
    ),
    "mailchimp, cleaned": (
        "Email Address,MEMBER_RATING,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,LEID,EUID\n"
        "a@example.org,1,2021-01-01 00:00:00,Mai,1,x\n",
        [S],
    ),
    "substack": (
        "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "a@example.org,false,,other,false,2025-01-01T00:00:00.000Z,\n"
        "b@example.org,true,2026-12-01T00:00:00.000Z,yearly,false,2025-01-01T00:00:00.000Z,2025-01-02\n"
        "c@example.org,false,,other,true,2025-01-01T00:00:00.000Z,\n",
        [A, A, S],
    ),
    "substack, newer": (
        "Email,Name,Stripe plan,Cancel date,Start date,Paid upgrade date,Activity,Type\n"
        "a@example.org,A,,,2026-06-17T10:21:38.759Z,,4,Free\n"
        "b@example.org,B,Monthly,2026-01-01T00:00:00.000Z,2025-02-01T00:00:00.000Z,,3,Paid\n",
        [A, A],
    ),
    "ghost": (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
        "1,a@example.org,A,,true,false,,2024-01-15T10:00:00.000Z,,,\n"
        "2,b@example.org,B,,false,false,,2024-01-15T10:00:00.000Z,,,\n"
        "3,c@example.org,C,,true,false,,2024-01-15T10:00:00.000Z,2025-01-15T10:00:00.000Z,,\n",
        [A, S, S],
    ),
    "buttondown": (
        "email,subscriber_type,creation_date,tags\na@example.org,regular,2024-02-02,\nb@example.org,premium,2024-02-02,\n"
        "c@example.org,unactivated,2024-02-02,\nd@example.org,unsubscribed,2024-02-02,\ne@example.org,removed,2024-02-02,\n"
        "f@example.org,undeliverable,2024-02-02,\ng@example.org,complained,2024-02-02,\nh@example.org,spammy,2024-02-02,\n",
        [A, A, R, S, S, S, S, R],
    ),
    "buttondown, newer": (
        "id,creation_date,email_address,notes,metadata,tags,type,unsubscription_date\n"
        "1,2024-01-01,a@example.org,,{},[],churning,\n2,2024-01-01,b@example.org,,{},[],unsubscribed,2025-01-01\n",
        [A, S],
    ),
    "brevo": (
        "EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;ADDED_TIME;MODIFIED_TIME\n"
        "a@example.org;D;B;15145550100;No;No;12-04-2022 09:30;13-04-2022 10:00\n"
        "b@example.org;D;B;;Yes;No;12-04-2022 09:30;13-04-2022 10:00\n",
        [A, S],
    ),
    "brevo in French": (
        "EMAIL;NOM;PRENOM;SMS;DOUBLE_OPT-IN;Blacklisté;ADDED_TIME;MODIFIED_TIME\n"
        "a@example.org;D;B;;Oui;Non;12-04-2022;13-04-2022\nb@example.org;D;B;;Oui;Oui;12-04-2022;13-04-2022\n"
        "c@example.org;D;B;;2;Non;12-04-2022;13-04-2022\n",
        [A, S, R],
    ),
    "listmonk": (
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        '1,a@example.org,A,"{""city"": ""Laval""}",enabled,2024-01-01,2024-01-01\n'
        "2,b@example.org,B,{},disabled,2024-01-01,2024-01-01\n3,c@example.org,C,{},blocklisted,2024-01-01,2024-01-01\n",
        [A, S, S],
    ),
    "keila": (
        "Email,First name,Last name,Data,Status\na@example.org,A,B,{},active\nb@example.org,,,{},unsubscribed\n"
        "c@example.org,,,{},unreachable\n",
        [A, S, S],
    ),
    "kit": (
        "first_name,email,created_at,status\nA,a@example.org,2022-09-10T11:12:13Z,active\nB,b@example.org,2022,cancelled\n"
        "C,c@example.org,2022,bounced\nD,d@example.org,2022,complained\nE,e@example.org,2022,inactive\n",
        [A, S, S, S, R],
    ),
    "sendy": (
        "Name,Email,Unsubscribed,Bounced,Complaint\nA,a@example.org,0,0,0\nB,b@example.org,1,0,0\n"
        "C,c@example.org,0,1,0\nD,d@example.org,0,0,1\n",
        [A, S, S, S],
    ),
    "beehiiv": (
        "email,status,tier,utm_source,created_at\na@example.org,active,free,,2024\nb@example.org,inactive,free,,2024\n"
        "c@example.org,pending,free,,2024\nd@example.org,validating,free,,2024\ne@example.org,invalid,free,,2024\n",
        [A, S, R, R, S],
    ),
}
EXPORTS = {
    "mc subscribed": (
        ('"Email Address","First Name","Last Name",Address,"Phone Number",Birthday,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS', _),  # noqa: E501
        ('a@example.org,Ana,B,,,,2,,,"2023-01-02 03:04:05",1.2.3.4,,,,,America/Toronto,CA,QC,"2023-01-02 03:04:05",12,ab,,"""x"""', A),  # noqa: E501
    ),
    "mc subscribed name": (
        ('"Email Address","First Name"', _),
        ("a@example.org,Ana", A),
    ),
    "mc status": (
        ("Email Address,First Name,Status", _),
        ("a@example.org,A,Subscribed", A),
        ("b@example.org,B,Unsubscribed", S),
        ("c@example.org,C,Cleaned", S),
        ("d@example.org,D,Non-Subscribed", R),
        ("e@example.org,E,Pending", R),
        ("f@example.org,F,Archived", S),
    ),
    "mc marketing": (
        ("Email Address,First Name,Email Marketing Status", _),
        ("a@example.org,A,Subscribed", A),
        ("b@example.org,B,Unsubscribed", S),
        ("c@example.org,C,Not subscribed", R),
        ("d@example.org,C,Cleaned", S),
    ),
    "substack": (
        ("email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at", _),
        ("a@example.org,true,,,false,2020-01-01,", A),
        ("b@example.org,false,,,false,,", A),
        ("c@example.org,false,,,true,,", S),
    ),
    "substack newest": (
        ("user_email_address,user_name,subscription_type,subscription_created_at,unsubscribed_at", _),
        ("a@example.org,A,free,2024-01-01,", A),
        ("b@example.org,B,free,2024-01-01,2025-01-01", S),
    ),
    "substack ui": (
        ("Email,Name,Type,Stripe plan,Cancel date,Start date,Emails received (6mo),Emails dropped (6mo),num_emails_opened,Subscription source (free),Unsubscribed at", _),  # noqa: E501
        ("a@example.org,A,Free,,,2024,3,0,1,x,", A),
        ("b@example.org,A,Free,,2025-02-01,2024,3,0,1,x,2025-01-01", S),
    ),
    "ghost": (
        ("id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers,gift_id", _),  # noqa: E501
        ("1,a@example.org,A,,true,false,,2024-01-15T10:00:00.000Z,,,,", A),
        ("2,b@example.org,B,unsubscribed at their request,false,false,,2024-01-15T10:00:00.000Z,,,,", S),
        ("3,c@example.org,C,,true,false,,2024-01-15T10:00:00.000Z,2025-01-15T10:00:00.000Z,,,", S),
        ("4,d@example.org,D,,,false,,2024,,,,", A),
    ),
    "buttondown": (
        ("email,notes,metadata,tags,referrer_url,creation_date,secondary_id,subscriber_type,source,utm_campaign,utm_medium,utm_source", _),  # noqa: E501
        ("a@example.org,,{},,,2024-02-02,1,regular,api,,,", A),
        ("b@example.org,,{},,,2024-02-02,1,unsubscribed,api,,,", S),
        ("c@example.org,,{},,,2024-02-02,1,undeliverable,api,,,", S),
        ("d@example.org,,{},,,2024-02-02,1,complained,api,,,", S),
        ("e@example.org,,{},,,2024-02-02,1,unactivated,api,,,", R),
        ("f@example.org,,{},,,2024-02-02,1,blocked,api,,,", S),
    ),
    "brevo en": (
        ("CONTACT ID,EMAIL,FIRSTNAME,LASTNAME,SMS,WHATSAPP,EXT_ID,Blocklisted (email),ADDED_TIME,MODIFIED_TIME", _),
        ("1,a@example.org,A,B,,,,no,01-02-2024,01-02-2024", A),
        ("2,b@example.org,A,B,,,,yes,01-02-2024,01-02-2024", S),
    ),
    "brevo en2": (
        ("EMAIL;FIRSTNAME;LASTNAME;EMAIL_MARKETING;SMS_MARKETING;ADDED_TIME;MODIFIED_TIME", _),
        ("a@example.org;A;B;Subscribed;No;x;x", A),
        ("b@example.org;A;B;Unsubscribed;No;x;x", S),
        ("c@example.org;A;B;Blocklisted;No;x;x", S),
    ),
    "brevo email_subscribed": (
        ("Email;First name;Last name;Subscribed;Blocklisted;Email campaigns;Creation date", _),
        ("a@example.org;A;B;Email;;x;x", A),
        ("b@example.org;A;B;;Email;x;x", S),
        ("c@example.org;A;B;Email, SMS;;x;x", A),
        ("d@example.org;A;B;;Email, SMS;x;x", S),
    ),
    "brevo fr": (
        ("EMAIL;PRENOM;NOM;SMS;OPT_IN;EMAIL_BLACKLIST;DATE_AJOUT;DATE_MODIFICATION", _),
        ("a@example.org;A;B;;1;0;x;x", A),
        ("b@example.org;A;B;;1;1;x;x", S),
    ),
    "brevo fr2": (
        ("ID CONTACT;EMAIL;PRENOM;NOM;SMS;Abonné;Sur liste noire;Date d'ajout;Dernière modification", _),
        ("1;a@example.org;A;B;;Email;;x;x", A),
        ("2;b@example.org;A;B;;;Email;x;x", S),
        ("3;c@example.org;A;B;;oui;non;x;x", A),
        ("4;d@example.org;A;B;;non;oui;x;x", S),
    ),
    "listmonk": (
        ("uuid,email,name,attributes,status,created_at,updated_at", _),
        ('1,a@example.org,A,"{""city"": ""Laval""}",enabled,x,x', A),
        ("2,b@example.org,B,{},disabled,x,x", S),
        ("3,c@example.org,C,{},blocklisted,x,x", S),
    ),
    "listmonk sub": (
        ("email,name,attributes,status,subscription_status", _),
        ("a@example.org,A,{},enabled,confirmed", A),
        ("b@example.org,B,{},enabled,unconfirmed", R),
        ("c@example.org,C,{},enabled,unsubscribed", S),
    ),
    "keila": (
        ("Email,First name,Last name,Data,Status,External ID", _),
        ("a@example.org,A,B,{},active,", A),
        ("b@example.org,,,{},unsubscribed,", S),
        ("c@example.org,,,{},unreachable,", S),
    ),
    "kit": (
        ("subscriber_id,first_name,email,status,created_at,referrer,tags", _),
        ("1,A,a@example.org,active,x,,", A),
        ("2,B,b@example.org,cancelled,x,,", S),
        ("3,C,c@example.org,bounced,,,", S),
        ("4,D,d@example.org,complained,,,", S),
        ("5,E,e@example.org,inactive,,,", R),
    ),
    "kit2": (
        ("First Name,Email Address,Status,Subscribed Date,Tags", _),
        ("A,a@example.org,Confirmed,x,", A),
        ("B,b@example.org,Unconfirmed,x,", R),
        ("C,c@example.org,Cancelled,x,", S),
    ),
    "kit3": (
        ("id,first_name,email_address,state,created_at", _),
        ("1,A,a@example.org,active,x", A),
        ("2,B,b@example.org,cancelled,x", S),
        ("3,C,c@example.org,inactive,x", R),
    ),
    "sendy": (
        ("Name,Email,Last activity,Status,List", _),
        ("A,a@example.org,x,Subscribed,L", A),
        ("B,b@example.org,x,Unsubscribed,L", S),
        ("C,c@example.org,x,Bounced,L", S),
        ("D,d@example.org,x,Marked as spam,L", S),
        ("E,e@example.org,x,Unconfirmed,L", R),
        ("F,f@example.org,x,Soft bounced,L", S),
    ),
    "beehiiv": (
        ("Email,Status,Subscription Tier,Created At,Unsubscribed At,UTM Source,Referral Code", _),
        ("a@example.org,active,free,2024,,,", A),
        ("b@example.org,inactive,free,2024,2025,,", S),
        ("c@example.org,pending,free,2024,,,", R),
        ("d@example.org,invalid,free,,,,", S),
        ("e@example.org,validating,,,,,", R),
        ("f@example.org,needs_attention,,,,,", R),
    ),
    "beehiiv2": (
        ("subscriber_id,email,status,created_at,subscription_tier,acquisition_source", _),
        ("1,a@example.org,Active,x,free,", A),
        ("2,b@example.org,Inactive,x,free,", S),
        ("3,c@example.org,Unsubscribed,x,free,", S),
    ),
    "mailerlite": (
        ("Subscriber,Email,Sent,Opens,Clicks,Subscribed,Location,Status,Unsubscribed", _),
        ("A,a@example.org,1,1,1,2024-01-01,CA,Active,", A),
        ("B,b@example.org,1,1,1,2024-01-01,CA,Unsubscribed,2025-01-01", S),
        ("C,c@example.org,1,1,1,2024-01-01,CA,Bounced,", S),
        ("D,d@example.org,1,1,1,2024-01-01,CA,Junk,", S),
    ),
    "constant contact": (
        ("Email address,First name,Last name,Email status,Email permission status,Email update source", _),
        ("a@example.org,A,B,Active,Express,x", A),
        ("b@example.org,A,B,Unsubscribed,Express,x", S),
        ("c@example.org,A,B,Bounced,Implied,x", S),
    ),
    "cyberimpact fr": (
        ("Courriel;Prénom;Nom;Langue;Type de consentement;Date du consentement;Statut;Groupes", _),
        ("a@example.org;A;B;fr_ca;Exprès;2024-01-01;Abonné;x", A),
        ("b@example.org;A;B;en_ca;Tacite;2020-01-01;Désabonné;x", S),
        ("c@example.org;A;B;en_ca;Tacite;2020-01-01;Adresse invalide;x", S),
    ),
    "mailman": (
        ("a@example.org", A),
        ('"B <b@example.org>"', A),
    ),
    "google groups": (
        ("Members for group x", _),
        ("Email address,Nickname,Group status,Email status,Email preference,Posting permissions,Join year", _),
        ("a@example.org,A,member,,email,allowed,2020", A),
        ("b@example.org,A,member,bouncing,email,allowed,2020", S),
    ),
    "hubspot": (
        ("Record ID,First Name,Last Name,Email,Unsubscribed from all email,Email hard bounce reason", _),
        ("1,A,B,a@example.org,false,", A),
        ("2,A,B,b@example.org,true,", S),
        ("3,A,B,c@example.org,,Unknown user", S),
    ),
    "wix": (
        ("First Name,Last Name,Email 1,Email subscriber status", _),
        ("A,B,a@example.org,Subscribed", A),
        ("A,B,b@example.org,Unsubscribed", S),
        ("A,B,c@example.org,Never subscribed", R),
    ),
    "phplist": (
        ("email;confirmed;blacklisted;bouncecount;htmlemail", _),
        ("a@example.org;1;0;0;1", A),
        ("b@example.org;0;0;0;1", R),
        ("c@example.org;1;1;0;1", S),
    ),
    "mailjet": (
        ("email,name,IsExcludedFromCampaigns,IsUnsubscribed", _),
        ("a@example.org,A,false,false", A),
        ("b@example.org,B,false,true", S),
        ("c@example.org,C,true,false", S),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TOOLS)
def test_another_tools_export_is_recognised_and_who_left_stays_away(name: str, planned) -> None:
    content, expected = TOOLS[name]
    report = planned(content)
    assert said(report) == expected, rows(report)
    assert report.layout.tool == name.split(",")[0].split()[0]


@pytest.mark.parametrize("name", EXPORTS)
def test_each_row_of_an_export_has_its_one_right_outcome(name: str, planned) -> None:
    """Statements 30, 52, 55, 56, 57."""
    report = planned(content_of(EXPORTS[name]))
    assert outcomes(report) == expected_of(EXPORTS[name]), reasons(report)


def test_what_a_file_says_in_its_name_only(make_store, table, options) -> None:
    text = "Name,Email\nA,a@example.org\n"
    found = {
        name: said(plan_import(make_store(name + ".db"), table(text, name), options, secret=SECRET))
        for name in (
            "liste-unsubscribed.csv",
            "cleaned_members_export_1.csv",
            "liste-active.csv",
            "liste-unconfirmed.csv",
        )
    }
    assert list(found.values()) == [[S], [S], [A], [R]]


def test_other_tools_proof_of_confirmation_is_the_day_of_an_express_consent(
    make_store, table, options, import_into
) -> None:
    store = make_store()
    text = "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\na@example.org,2023-01-01,2023-01-02 03:04:05,1,x\n"
    import_into(store, text)
    held = find_dossier(store, normalise("a@example.org"), secret=SECRET)
    assert held is not None
    assert str(held.consents[0]["obtained_at"]).startswith("2023-01-02T08:04:05")
