"""Emoji short codes: the names that people write, as GitHub and chat programs know them."""

from __future__ import annotations

from functools import lru_cache

_TABLE = """
+1=👍 thumbsup=👍 -1=👎 thumbsdown=👎 100=💯 alarm_clock=⏰ apple=🍎 arrow_down=⬇️ arrow_left=⬅️ arrow_right=➡️
arrow_up=⬆️ art=🎨 astonished=😲 baby=👶 balloon=🎈 ballot_box=🗳️ bar_chart=📊 beer=🍺 beers=🍻 bell=🔔 bike=🚲
birthday=🎂 blue_heart=💙 blush=😊 book=📖 books=📚 bookmark=🔖 boom=💥 bouquet=💐 brain=🧠 broken_heart=💔 bug=🐛
bulb=💡 bus=🚌 cactus=🌵 cake=🍰 calendar=📆 camera=📷 canada=🇨🇦 candle=🕯️ car=🚗 cat=🐱 champagne=🍾
chart_with_upwards_trend=📈 chart_with_downwards_trend=📉 checkered_flag=🏁 cherry_blossom=🌸 christmas_tree=🎄 clap=👏
clapper=🎬 clipboard=📋 clock=🕰️ cloud=☁️ coffee=☕ computer=💻 confetti_ball=🎊 construction=🚧 copyright=©️ crown=👑
cry=😢 crystal_ball=🔮 cupid=💘 date=📅 disappointed=😞 dog=🐶 dove=🕊️ droplet=💧 ear=👂 earth_africa=🌍
earth_americas=🌎 earth_asia=🌏 egg=🥚 email=📧 envelope=✉️ evergreen_tree=🌲 exclamation=❗ eye=👁️ eyes=👀
fallen_leaf=🍂 family=👪 fire=🔥 fireworks=🎆 fist=✊ flags=🎏 flower_playing_cards=🎴 four_leaf_clover=🍀 fr=🇫🇷
game_die=🎲 gear=⚙️ gem=💎 gift=🎁 globe_with_meridians=🌐 grapes=🍇 green_heart=💚 grin=😁 grinning=😀
guitar=🎸 hammer=🔨 hand=✋ handshake=🤝 heart=❤️ heart_eyes=😍 heartbeat=💓 heavy_check_mark=✔️ hearts=♥️ herb=🌿
hibiscus=🌺 hourglass=⌛ house=🏠 hugs=🤗 hatching_chick=🐣 info=ℹ️ information_source=ℹ️ inbox_tray=📥 jack_o_lantern=🎃
joy=😂 key=🔑 keyboard=⌨️ kiss=💋 kissing_heart=😘 label=🏷️ laughing=😆 leaves=🍃 lemon=🍋 link=🔗 lock=🔒
loudspeaker=📢 mag=🔍 mag_right=🔎 mailbox=📫 maple_leaf=🍁 mega=📣 memo=📝 pencil=📝 microphone=🎤 microscope=🔬
moneybag=💰 moon=🌔 mountain=⛰️ movie_camera=🎥 muscle=💪 mushroom=🍄 musical_note=🎵 musical_score=🎼 neutral_face=😐
new=🆕 newspaper=📰 night_with_stars=🌃 no_entry=⛔ notebook=📓 notes=🎶 ocean=🌊 octopus=🐙 ok=🆗 ok_hand=👌
open_book=📖 open_hands=👐 orange_heart=🧡 package=📦 page_facing_up=📄 paperclip=📎 partying_face=🥳 paw_prints=🐾
peace_symbol=☮️ people_holding_hands=🧑‍🤝‍🧑 phone=☎️ telephone=☎️ pill=💊 pineapple=🍍 pizza=🍕 plate_with_cutlery=🍽️
point_down=👇 point_left=👈 point_right=👉 point_up=☝️ police_car=🚓 popcorn=🍿 postbox=📮 pray=🙏 printer=🖨️
purple_heart=💜 pushpin=📌 question=❓ rabbit=🐰 radio=📻 rainbow=🌈 rainbow_flag=🏳️‍🌈 raised_hand=✋ raised_hands=🙌
recycle=♻️ red_circle=🔴 relaxed=☺️ relieved=😌 ribbon=🎀 rocket=🚀 rose=🌹 rotating_light=🚨 round_pushpin=📍 runner=🏃
sad=😞 santa=🎅 satellite=📡 scales=⚖️ balance_scale=⚖️ school=🏫 scream=😱 scroll=📜 seedling=🌱 shield=🛡️ ship=🚢
shrug=🤷 sleeping=😴 slightly_smiling_face=🙂 smile=😄 smiley=😃 smiling_face_with_three_hearts=🥰 smirk=😏 snail=🐌
snowflake=❄️ snowman=⛄ sob=😭 speaker=🔈 speech_balloon=💬 star=⭐ star2=🌟 stars=🌠 stopwatch=⏱️ strawberry=🍓
sun_with_face=🌞 sunflower=🌻 sunglasses=😎 sunny=☀️ sunrise=🌅 sweat_smile=😅 syringe=💉 tada=🎉 tea=🍵 teacher=🧑‍🏫
thinking=🤔 thought_balloon=💭 ticket=🎫 tractor=🚜 train=🚋 tree=🌳 deciduous_tree=🌳 triangular_flag_on_post=🚩
trophy=🏆 tulip=🌷 turtle=🐢 tv=📺 two_hearts=💕 umbrella=☔ unlock=🔓 v=✌️ vertical_traffic_light=🚦 video_camera=📹
warning=⚠️ watch=⌚ wave=👋 weary=😩 whale=🐳 white_check_mark=✅ white_heart=🤍 wind_face=🌬️ wink=😉 woman=👩 man=👨
world_map=🗺️ writing_hand=✍️ x=❌ yellow_heart=💛 yum=😋 zap=⚡ zzz=💤
"""


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in _TABLE.split())


def emoji(name: str) -> str:
    """Return the character of a short code, or nothing when it is not one."""
    return _table().get(name, "")
