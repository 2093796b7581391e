from django.db import migrations, models

import oci.patterns


class Migration(migrations.Migration):
    """Owners lend their robots what they may do themselves."""

    dependencies = [("oci_auth", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="robot",
            name="delete_content",
            field=models.BooleanField(default=False, help_text="In these repositories.", verbose_name="delete"),
        ),
        migrations.AddField(
            model_name="robot",
            name="push",
            field=models.BooleanField(default=False, help_text="In these repositories. It may always pull there."),
        ),
        migrations.AddField(
            model_name="robot",
            name="repositories",
            field=models.CharField(
                blank=True,
                help_text="Where it may do what its owner may: patterns, separated by spaces. Example: alice/** team/app",
                max_length=500,
                validators=[oci.patterns.validate_several],
            ),
        ),
    ]
